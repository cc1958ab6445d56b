<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ko" sourcelanguage="en">
  <context>
    <name />
    <message>
      <source> in {years:.1f} years</source>
      <translation> {years:.1f}년 사이</translation>
    </message>
    <message>
      <source>* and ? stand for any characters</source>
      <translation>*와 ?는 아무 글자나 대신합니다</translation>
    </message>
    <message>
      <source>2026-11-27, or 2026-11-01..2026-11-27</source>
      <translation>2026-11-27 또는 2026-11-01..2026-11-27</translation>
    </message>
    <message>
      <source>A batch is under way</source>
      <translation>일괄 처리가 진행 중입니다</translation>
    </message>
    <message>
      <source>A folder for the heatmaps</source>
      <translation>히트맵을 둘 폴더</translation>
    </message>
    <message>
      <source>A projection of a real CT</source>
      <translation>실제 CT의 투영 영상</translation>
    </message>
    <message>
      <source>A simulated VFA image</source>
      <translation>모의 VFA 영상</translation>
    </message>
    <message>
      <source>A simulated radiograph with a fracture</source>
      <translation>골절이 있는 모의 방사선영상</translation>
    </message>
    <message>
      <source>A simulated radiograph without one</source>
      <translation>골절이 없는 모의 방사선영상</translation>
    </message>
    <message>
      <source>A verdict is given to every scored image of the person in this study</source>
      <translation>판정은 이 검사에서 점수가 매겨진 이 사람의 모든 영상에 적용됩니다</translation>
    </message>
    <message>
      <source>About VERTE Desktop</source>
      <translation>VERTE Desktop 정보</translation>
    </message>
    <message>
      <source>Add</source>
      <translation>추가</translation>
    </message>
    <message>
      <source>Add a folder of images</source>
      <translation>영상 폴더 추가</translation>
    </message>
    <message>
      <source>Age</source>
      <translation>나이</translation>
    </message>
    <message>
      <source>Agreement</source>
      <translation>일치도</translation>
    </message>
    <message>
      <source>All images of the person</source>
      <translation>이 사람의 모든 영상</translation>
    </message>
    <message>
      <source>All of this patient</source>
      <translation>이 환자의 모든 검사</translation>
    </message>
    <message>
      <source>Another file…</source>
      <translation>다른 파일…</translation>
    </message>
    <message>
      <source>Any zone</source>
      <translation>모든 구간</translation>
    </message>
    <message>
      <source>As it was</source>
      <translation>원래대로</translation>
    </message>
    <message>
      <source>BMI</source>
      <translation>BMI</translation>
    </message>
    <message>
      <source>BMI unknown: score over its usual range</source>
      <translation>BMI 모름: 통상 범위에서 점수 계산</translation>
    </message>
    <message>
      <source>Batch - VERTE Desktop</source>
      <translation>일괄 처리 - VERTE Desktop</translation>
    </message>
    <message>
      <source>Beside</source>
      <translation>옆 영상</translation>
    </message>
    <message>
      <source>Bias</source>
      <translation>기준값</translation>
    </message>
    <message>
      <source>Both scores</source>
      <translation>두 점수</translation>
    </message>
    <message>
      <source>By TLS</source>
      <translation>TLS 사용</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>취소</translation>
    </message>
    <message>
      <source>Checks of the map</source>
      <translation>히트맵 검증</translation>
    </message>
    <message>
      <source>Choose a clinical table</source>
      <translation>임상 표 선택</translation>
    </message>
    <message>
      <source>Choose a command above, then press its new key here:</source>
      <translation>위에서 명령을 고른 뒤 여기에 새 키를 누르세요:</translation>
    </message>
    <message>
      <source>Choose a folder</source>
      <translation>폴더 선택</translation>
    </message>
    <message>
      <source>Choose a second weights file below Weights.</source>
      <translation>두 번째 가중치 파일을 ‘가중치’에서 고르세요.</translation>
    </message>
    <message>
      <source>Choose an image</source>
      <translation>영상 선택</translation>
    </message>
    <message>
      <source>Choose an image…</source>
      <translation>영상 선택…</translation>
    </message>
    <message>
      <source>Choose weights</source>
      <translation>가중치 선택</translation>
    </message>
    <message>
      <source>Choose…</source>
      <translation>선택…</translation>
    </message>
    <message>
      <source>Clear</source>
      <translation>지우기</translation>
    </message>
    <message>
      <source>Colour wash</source>
      <translation>색 덧입힘</translation>
    </message>
    <message>
      <source>Colours</source>
      <translation>색</translation>
    </message>
    <message>
      <source>Command</source>
      <translation>명령</translation>
    </message>
    <message>
      <source>Comment</source>
      <translation>의견</translation>
    </message>
    <message>
      <source>Comment on the image</source>
      <translation>영상에 대한 의견</translation>
    </message>
    <message>
      <source>Compare</source>
      <translation>비교</translation>
    </message>
    <message>
      <source>Contour</source>
      <translation>등고선</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>복사</translation>
    </message>
    <message>
      <source>Copy the selected rows, or all that are shown</source>
      <translation>선택한 줄 또는 보이는 모든 줄을 복사</translation>
    </message>
    <message>
      <source>DICOM header</source>
      <translation>DICOM 헤더</translation>
    </message>
    <message>
      <source>Delete</source>
      <translation>삭제</translation>
    </message>
    <message>
      <source>Deletion and insertion</source>
      <translation>삭제와 삽입</translation>
    </message>
    <message>
      <source>Details</source>
      <translation>자세히</translation>
    </message>
    <message>
      <source>Dismiss</source>
      <translation>닫기</translation>
    </message>
    <message>
      <source>Done</source>
      <translation>완료</translation>
    </message>
    <message>
      <source>Drawn as</source>
      <translation>표시 방식</translation>
    </message>
    <message>
      <source>Drop lateral spine radiographs or VFA images here</source>
      <translation>측면 척추 방사선영상이나 VFA 영상을 여기에 놓으세요</translation>
    </message>
    <message>
      <source>Elements of the header</source>
      <translation>헤더 요소</translation>
    </message>
    <message>
      <source>Family^Given, or Family*</source>
      <translation>성^이름 또는 성*</translation>
    </message>
    <message>
      <source>Fetch by C-MOVE, where C-GET is not offered</source>
      <translation>C-GET이 없으면 C-MOVE로 가져오기</translation>
    </message>
    <message>
      <source>Filter</source>
      <translation>필터</translation>
    </message>
    <message>
      <source>Filter by tag, keyword or value</source>
      <translation>태그, 키워드, 값으로 거르기</translation>
    </message>
    <message>
      <source>Fit</source>
      <translation>맞춤</translation>
    </message>
    <message>
      <source>Fixed by the administrator of this computer.</source>
      <translation>이 컴퓨터의 관리자가 고정한 값입니다.</translation>
    </message>
    <message>
      <source>Fractured by the truth, with its grade: {levels}.</source>
      <translation>정답의 골절(등급): {levels}.</translation>
    </message>
    <message>
      <source>Gallery of heatmaps</source>
      <translation>히트맵 갤러리</translation>
    </message>
    <message>
      <source>Heatmap</source>
      <translation>히트맵</translation>
    </message>
    <message>
      <source>Image</source>
      <translation>영상</translation>
    </message>
    <message>
      <source>Image beside</source>
      <translation>옆에 놓을 영상</translation>
    </message>
    <message>
      <source>Images with their heatmaps</source>
      <translation>영상과 히트맵</translation>
    </message>
    <message>
      <source>In files: without the person (no name, id or date, new UIDs)</source>
      <translation>파일로 저장할 때: 개인 정보 제외 (이름·번호·날짜 없음, 새 UID)</translation>
    </message>
    <message>
      <source>In the order of the files</source>
      <translation>파일 순서</translation>
    </message>
    <message>
      <source>Inspect a folder of images</source>
      <translation>영상 폴더 검토</translation>
    </message>
    <message>
      <source>Inspect a folder…</source>
      <translation>폴더 검토…</translation>
    </message>
    <message>
      <source>Inspection</source>
      <translation>정밀 검토</translation>
    </message>
    <message>
      <source>It is in pounds: take {weight} kg</source>
      <translation>파운드 값입니다: {weight} kg으로 바꾸기</translation>
    </message>
    <message>
      <source>Key</source>
      <translation>키</translation>
    </message>
    <message>
      <source>Keys</source>
      <translation>키</translation>
    </message>
    <message>
      <source>Keys and mouse</source>
      <translation>키와 마우스</translation>
    </message>
    <message>
      <source>Keys of the commands</source>
      <translation>명령의 키</translation>
    </message>
    <message>
      <source>Known length</source>
      <translation>알려진 길이</translation>
    </message>
    <message>
      <source>Level of the vertebra</source>
      <translation>척추 레벨</translation>
    </message>
    <message>
      <source>Licences</source>
      <translation>라이선스</translation>
    </message>
    <message>
      <source>Likeness of the picture</source>
      <translation>영상의 유사도</translation>
    </message>
    <message>
      <source>Log, in {path}</source>
      <translation>로그, {path}</translation>
    </message>
    <message>
      <source>Look in the archive…</source>
      <translation>보관소에서 찾기…</translation>
    </message>
    <message>
      <source>Manual</source>
      <translation>설명서</translation>
    </message>
    <message>
      <source>May have scores of weights trained on simulated images</source>
      <translation>모의 영상으로 학습한 가중치의 점수를 받아도 됨</translation>
    </message>
    <message>
      <source>Measurements</source>
      <translation>계측</translation>
    </message>
    <message>
      <source>Method</source>
      <translation>방법</translation>
    </message>
    <message>
      <source>Methods</source>
      <translation>방법들</translation>
    </message>
    <message>
      <source>Methods, and how far each agrees with Grad-CAM</source>
      <translation>방법과 Grad-CAM과의 일치도</translation>
    </message>
    <message>
      <source>Model card</source>
      <translation>모델 카드</translation>
    </message>
    <message>
      <source>Model's view</source>
      <translation>모델이 보는 영상</translation>
    </message>
    <message>
      <source>More buttons</source>
      <translation>단추 더 보기</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>이름</translation>
    </message>
    <message>
      <source>Name or note</source>
      <translation>이름 또는 메모</translation>
    </message>
    <message>
      <source>New here? Open a sample; the manual is under Shift+F1.</source>
      <translation>처음이신가요? 예제를 열어 보세요. 설명서는 Shift+F1입니다.</translation>
    </message>
    <message>
      <source>New key</source>
      <translation>새 키</translation>
    </message>
    <message>
      <source>Next point</source>
      <translation>다음 점</translation>
    </message>
    <message>
      <source>No key</source>
      <translation>키 없음</translation>
    </message>
    <message>
      <source>No prior of this patient is in the worklist; choose an image above.</source>
      <translation>이 환자의 이전 영상이 작업 목록에 없습니다. 위에서 영상을 고르세요.</translation>
    </message>
    <message>
      <source>Node</source>
      <translation>노드</translation>
    </message>
    <message>
      <source>Nodes</source>
      <translation>노드</translation>
    </message>
    <message>
      <source>Nodes of the archive</source>
      <translation>보관소 노드</translation>
    </message>
    <message>
      <source>Nodes…</source>
      <translation>노드…</translation>
    </message>
    <message>
      <source>Not scored.</source>
      <translation>점수 없음.</translation>
    </message>
    <message>
      <source>Nothing raised this score.</source>
      <translation>이 점수를 올린 부분이 없습니다.</translation>
    </message>
    <message>
      <source>Occlusion</source>
      <translation>가림</translation>
    </message>
    <message>
      <source>Occlusion stands among the methods.</source>
      <translation>가림 결과는 방법 목록에 있습니다.</translation>
    </message>
    <message>
      <source>Of either score</source>
      <translation>어느 한 점수라도</translation>
    </message>
    <message>
      <source>Of what raised it, {padding:.0%} lies in the padding and {air:.0%} outside the body.</source>
      <translation>점수를 올린 부분 중 {padding:.0%}는 여백에, {air:.0%}는 몸 밖에 있습니다.</translation>
    </message>
    <message>
      <source>On disk</source>
      <translation>디스크</translation>
    </message>
    <message>
      <source>On the vertebrae of the truth lies {share:.0%}.</source>
      <translation>정답의 척추 위에 {share:.0%}가 있습니다.</translation>
    </message>
    <message>
      <source>Opacity</source>
      <translation>불투명도</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>열기</translation>
    </message>
    <message>
      <source>Open a folder of images</source>
      <translation>영상 폴더 열기</translation>
    </message>
    <message>
      <source>Open an image in the main window first.</source>
      <translation>먼저 기본 창에서 영상을 여세요.</translation>
    </message>
    <message>
      <source>Open images</source>
      <translation>영상 열기</translation>
    </message>
    <message>
      <source>Open results</source>
      <translation>결과 열기</translation>
    </message>
    <message>
      <source>Open results…</source>
      <translation>결과 열기…</translation>
    </message>
    <message>
      <source>Order</source>
      <translation>순서</translation>
    </message>
    <message>
      <source>Original and model's view</source>
      <translation>원본과 모델이 보는 영상</translation>
    </message>
    <message>
      <source>PDF document (*.pdf)</source>
      <translation>PDF 문서 (*.pdf)</translation>
    </message>
    <message>
      <source>PNG picture (*.png)</source>
      <translation>PNG 그림 (*.png)</translation>
    </message>
    <message>
      <source>Patient and scores</source>
      <translation>환자와 점수</translation>
    </message>
    <message>
      <source>Place one arm, the vertex and the other arm of the angle</source>
      <translation>각의 한 변, 꼭짓점, 다른 변을 차례로 찍으세요</translation>
    </message>
    <message>
      <source>Place the two ends of an object of known length</source>
      <translation>길이를 아는 물체의 양 끝을 찍으세요</translation>
    </message>
    <message>
      <source>Place the two ends of the length</source>
      <translation>길이의 양 끝을 찍으세요</translation>
    </message>
    <message>
      <source>Place two points on one end plate, then two on the other</source>
      <translation>한 종판에 두 점, 다른 종판에 두 점을 찍으세요</translation>
    </message>
    <message>
      <source>Preferences</source>
      <translation>환경 설정</translation>
    </message>
    <message>
      <source>Prior and current</source>
      <translation>이전과 현재</translation>
    </message>
    <message>
      <source>Prior on the right</source>
      <translation>이전 영상을 오른쪽에</translation>
    </message>
    <message>
      <source>Prior to current{apart}: {changes}</source>
      <translation>이전에서 현재까지{apart}: {changes}</translation>
    </message>
    <message>
      <source>Query the archive</source>
      <translation>보관소 조회</translation>
    </message>
    <message>
      <source>ROAD</source>
      <translation>ROAD</translation>
    </message>
    <message>
      <source>Random weights</source>
      <translation>무작위 가중치</translation>
    </message>
    <message>
      <source>Random weights: rank correlation of the map with its like of shuffled layers behind the encoder {head:.2f}, of a wholly shuffled network {network}. Near 0 the map depends on what was learnt.</source>
      <translation>무작위 가중치: 인코더 뒤의 층을 섞은 지도와의 순위 상관 {head:.2f}, 전체를 섞은 신경망과는 {network}. 0에 가까우면 지도가 학습된 내용에 의존합니다.</translation>
    </message>
    <message>
      <source>Read each image as</source>
      <translation>각 영상을 다음으로 읽기</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>제거</translation>
    </message>
    <message>
      <source>Restore</source>
      <translation>되돌리기</translation>
    </message>
    <message>
      <source>Results (*.csv {PATTERN})</source>
      <translation>결과 (*.csv {PATTERN})</translation>
    </message>
    <message>
      <source>Results (inspection.csv *scores.csv)</source>
      <translation>결과 (inspection.csv *scores.csv)</translation>
    </message>
    <message>
      <source>Results for the archive</source>
      <translation>보관소로 보낼 결과</translation>
    </message>
    <message>
      <source>Rows of the batch</source>
      <translation>일괄 처리의 줄</translation>
    </message>
    <message>
      <source>Rows say whose images they are (patient id, date of study, accession number)</source>
      <translation>줄에 환자를 표시 (환자 번호, 검사일, 접수 번호)</translation>
    </message>
    <message>
      <source>Save</source>
      <translation>저장</translation>
    </message>
    <message>
      <source>Save as files…</source>
      <translation>파일로 저장…</translation>
    </message>
    <message>
      <source>Save the picture</source>
      <translation>그림 저장</translation>
    </message>
    <message>
      <source>Save the report</source>
      <translation>보고서 저장</translation>
    </message>
    <message>
      <source>Save the results for the archive</source>
      <translation>보관소용 결과 저장</translation>
    </message>
    <message>
      <source>Score</source>
      <translation>점수</translation>
    </message>
    <message>
      <source>Score a folder of images</source>
      <translation>영상 폴더 점수 계산</translation>
    </message>
    <message>
      <source>Score it all the same, as {kind}</source>
      <translation>그래도 {kind}(으)로 점수 계산</translation>
    </message>
    <message>
      <source>Score of the person</source>
      <translation>사람 단위 점수</translation>
    </message>
    <message>
      <source>Score the images of a table</source>
      <translation>표에 있는 영상의 점수 계산</translation>
    </message>
    <message>
      <source>Score the other images</source>
      <translation>나머지 영상 점수 계산</translation>
    </message>
    <message>
      <source>Search</source>
      <translation>찾기</translation>
    </message>
    <message>
      <source>Send</source>
      <translation>보내기</translation>
    </message>
    <message>
      <source>Sex</source>
      <translation>성별</translation>
    </message>
    <message>
      <source>Share of the cells</source>
      <translation>칸의 비율</translation>
    </message>
    <message>
      <source>Signed, in log odds</source>
      <translation>부호 있는 로그 오즈</translation>
    </message>
    <message>
      <source>Speaks</source>
      <translation>통신 방식</translation>
    </message>
    <message>
      <source>Start</source>
      <translation>시작</translation>
    </message>
    <message>
      <source>State of the batch</source>
      <translation>일괄 처리 상태</translation>
    </message>
    <message>
      <source>State of the scores</source>
      <translation>점수 상태</translation>
    </message>
    <message>
      <source>Status</source>
      <translation>상태</translation>
    </message>
    <message>
      <source>Strongest colour at</source>
      <translation>가장 진한 색의 값</translation>
    </message>
    <message>
      <source>Studies</source>
      <translation>검사</translation>
    </message>
    <message>
      <source>Table (*.csv)</source>
      <translation>표 (*.csv)</translation>
    </message>
    <message>
      <source>Take back what was edited</source>
      <translation>고친 내용 되돌리기</translation>
    </message>
    <message>
      <source>Test</source>
      <translation>시험</translation>
    </message>
    <message>
      <source>The BMI is not known, and counts as the mean of the training.</source>
      <translation>BMI를 몰라 학습 자료의 평균값으로 계산했습니다.</translation>
    </message>
    <message>
      <source>The log is empty.</source>
      <translation>로그가 비어 있습니다.</translation>
    </message>
    <message>
      <source>The most unlike first</source>
      <translation>가장 닮지 않은 것부터</translation>
    </message>
    <message>
      <source>The parts add up to the log odds of the score; the image's part is the sum of its cells.</source>
      <translation>각 부분의 합이 점수의 로그 오즈이며, 영상 부분은 모든 칸의 합입니다.</translation>
    </message>
    <message>
      <source>The two are scored by different weights, so their scores can't be compared.</source>
      <translation>두 영상의 점수는 서로 다른 가중치로 계산되어 비교할 수 없습니다.</translation>
    </message>
    <message>
      <source>There are no scores of what is shown in the main window.</source>
      <translation>기본 창에 보이는 영상의 점수가 없습니다.</translation>
    </message>
    <message>
      <source>These images are not of one patient by their headers.</source>
      <translation>헤더에 따르면 같은 환자의 영상이 아닙니다.</translation>
    </message>
    <message>
      <source>This image is a plain picture, so it has no DICOM header.</source>
      <translation>이 영상은 일반 그림이라 DICOM 헤더가 없습니다.</translation>
    </message>
    <message>
      <source>This takes effect when the program is started again.</source>
      <translation>프로그램을 다시 시작하면 적용됩니다.</translation>
    </message>
    <message>
      <source>Threshold</source>
      <translation>임계값</translation>
    </message>
    <message>
      <source>Time</source>
      <translation>시간</translation>
    </message>
    <message>
      <source>Tools</source>
      <translation>도구</translation>
    </message>
    <message>
      <source>Truth</source>
      <translation>정답</translation>
    </message>
    <message>
      <source>Two weights files</source>
      <translation>두 가중치 파일</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>실행 취소</translation>
    </message>
    <message>
      <source>Weights</source>
      <translation>가중치</translation>
    </message>
    <message>
      <source>Weights (*.safetensors)</source>
      <translation>가중치 (*.safetensors)</translation>
    </message>
    <message>
      <source>What changed</source>
      <translation>달라진 점</translation>
    </message>
    <message>
      <source>What is written in the image's own pixels stays there in any case.</source>
      <translation>영상 화소 안에 적힌 글자는 어느 경우에도 남습니다.</translation>
    </message>
    <message>
      <source>What moved the score, in log odds</source>
      <translation>점수를 움직인 것 (로그 오즈)</translation>
    </message>
    <message>
      <source>What the checks found</source>
      <translation>검증 결과</translation>
    </message>
    <message>
      <source>Where to save the results</source>
      <translation>결과를 저장할 곳</translation>
    </message>
    <message>
      <source>Whose rows these are</source>
      <translation>누구의 줄인지</translation>
    </message>
    <message>
      <source>With the patient's data (name, id, date of the study)</source>
      <translation>환자 정보 포함 (이름, 번호, 검사일)</translation>
    </message>
    <message>
      <source>Worklist</source>
      <translation>작업 목록</translation>
    </message>
    <message>
      <source>Zone</source>
      <translation>구간</translation>
    </message>
    <message>
      <source>Zone of either score</source>
      <translation>어느 한 점수의 구간</translation>
    </message>
    <message>
      <source>any</source>
      <translation>모두</translation>
    </message>
    <message>
      <source>deletion</source>
      <translation>삭제</translation>
    </message>
    <message>
      <source>insertion</source>
      <translation>삽입</translation>
    </message>
    <message>
      <source>no date</source>
      <translation>날짜 없음</translation>
    </message>
    <message>
      <source>none</source>
      <translation>없음</translation>
    </message>
    <message>
      <source>or open files (Ctrl+O) or a folder (Ctrl+Shift+O)</source>
      <translation>또는 파일 열기(Ctrl+O), 폴더 열기(Ctrl+Shift+O)</translation>
    </message>
    <message>
      <source>random</source>
      <translation>무작위</translation>
    </message>
    <message>
      <source>the back of the lower end plate</source>
      <translation>아래 종판의 뒤</translation>
    </message>
    <message>
      <source>the back of the upper end plate</source>
      <translation>위 종판의 뒤</translation>
    </message>
    <message>
      <source>the front of the lower end plate</source>
      <translation>아래 종판의 앞</translation>
    </message>
    <message>
      <source>the front of the upper end plate</source>
      <translation>위 종판의 앞</translation>
    </message>
    <message>
      <source>the middle of the lower end plate</source>
      <translation>아래 종판의 가운데</translation>
    </message>
    <message>
      <source>the middle of the upper end plate</source>
      <translation>위 종판의 가운데</translation>
    </message>
    <message>
      <source>unlike what the weights learned from</source>
      <translation>가중치가 학습한 영상과 닮지 않음</translation>
    </message>
    <message>
      <source>{key} is the key of “{command}”.</source>
      <translation>{key}는 이미 “{command}”의 키입니다.</translation>
    </message>
    <message>
      <source>{level}: place {point} ({number} of {all}). Arrows and Enter do without the mouse.</source>
      <translation>{level}: {point}을(를) 찍으세요 ({number}/{all}). 마우스 없이 화살표와 Enter로도 됩니다.</translation>
    </message>
    <message>
      <source>{method}: ROAD {value:+.2f}; above 0 the strong cells matter more than the weak ones.</source>
      <translation>{method}: ROAD {value:+.2f}. 0보다 크면 강한 칸이 약한 칸보다 중요합니다.</translation>
    </message>
    <message>
      <source>{method}: area of deletion {deletion:.2f} (random order {random:.2f}; less is better), of insertion {insertion:.2f} ({other:.2f}; more is better).</source>
      <translation>{method}: 삭제 면적 {deletion:.2f} (무작위 {random:.2f}, 작을수록 좋음), 삽입 면적 {insertion:.2f} ({other:.2f}, 클수록 좋음).</translation>
    </message>
    <message>
      <source>{score}, the highest first</source>
      <translation>{score}, 높은 것부터</translation>
    </message>
    <message>
      <source>{score}: least faithful first</source>
      <translation>{score}: 신뢰가 낮은 것부터</translation>
    </message>
    <message>
      <source>{score}: methods that disagree first</source>
      <translation>{score}: 방법이 엇갈리는 것부터</translation>
    </message>
    <message>
      <source>{score}: weights that disagree first</source>
      <translation>{score}: 가중치가 엇갈리는 것부터</translation>
    </message>
    <message>
      <source>{title} in {unit}</source>
      <translation>{title} ({unit})</translation>
    </message>
    <message>
      <source>{title} the {short}-score</source>
      <translation>{short} 점수 {title}</translation>
    </message>
  </context>
  <context>
    <name>verte_core</name>
    <message>
      <source>(and {0} more such lines)</source>
      <translation>(외 {0}줄)</translation>
    </message>
    <message>
      <source>({0} says {1}: a spreadsheet may have taken zeros from a name.)</source>
      <translation>({0}에는 {1}(으)로 적혀 있습니다. 스프레드시트가 이름의 0을 지웠을 수 있습니다.)</translation>
    </message>
    <message>
      <source>, which says {0}</source>
      <translation>, 헤더에는 {0}</translation>
    </message>
    <message>
      <source>1 study.</source>
      <translation>검사 1건.</translation>
    </message>
    <message>
      <source>: nothing raised this score</source>
      <translation>: 이 점수를 올린 부분이 없음</translation>
    </message>
    <message>
      <source>; image only, age, sex and BMI are not used</source>
      <translation>. 영상만 쓰며 나이, 성별, BMI는 쓰지 않음</translation>
    </message>
    <message>
      <source>; no neighbour is measured, so a crush would not show</source>
      <translation>. 이웃 척추를 계측하지 않아 압궤형은 알 수 없음</translation>
    </message>
    <message>
      <source>A batch is under way; wait for its end, or cancel it.</source>
      <translation>일괄 처리가 진행 중입니다. 끝나기를 기다리거나 취소하세요.</translation>
    </message>
    <message>
      <source>A check: parts are covered.</source>
      <translation>검증: 영상의 일부를 가립니다.</translation>
    </message>
    <message>
      <source>A file is still being written. Esc drops it.</source>
      <translation>파일을 아직 쓰는 중입니다. Esc로 그만둘 수 있습니다.</translation>
    </message>
    <message>
      <source>A person's score is the mean of the scores of their images in one study, by the same weights.</source>
      <translation>사람 단위 점수는 한 검사에서 같은 가중치로 계산한 영상 점수들의 평균입니다.</translation>
    </message>
    <message>
      <source>A run ended without a word while this image alone was being read: it may have taken all memory, or the computer was switched off. It is not tried again until its file changes or the journal {0} is deleted.</source>
      <translation>이 영상만 읽던 중 실행이 아무 말 없이 끝났습니다. 메모리를 모두 썼거나 컴퓨터가 꺼졌을 수 있습니다. 파일이 바뀌거나 기록 {0}이(가) 지워질 때까지 다시 시도하지 않습니다.</translation>
    </message>
    <message>
      <source>A small part of the image is in colour ({0}); it was read as grey by luminance.</source>
      <translation>영상의 작은 부분({0})이 컬러여서 밝기로 바꾸어 회색으로 읽었습니다.</translation>
    </message>
    <message>
      <source>A window of the header is malformed and was ignored.</source>
      <translation>헤더의 윈도 값이 잘못되어 무시했습니다.</translation>
    </message>
    <message>
      <source>A window of the header shows nothing of this image and was ignored.</source>
      <translation>헤더의 윈도로는 이 영상이 보이지 않아 무시했습니다.</translation>
    </message>
    <message>
      <source>About VERTE Desktop</source>
      <translation>VERTE Desktop 정보</translation>
    </message>
    <message>
      <source>Add a folder…</source>
      <translation>폴더 추가…</translation>
    </message>
    <message>
      <source>Age</source>
      <translation>나이</translation>
    </message>
    <message>
      <source>Age, sex and BMI</source>
      <translation>나이, 성별, BMI</translation>
    </message>
    <message>
      <source>Age, sex or BMI is missing.</source>
      <translation>나이, 성별 또는 BMI가 없습니다.</translation>
    </message>
    <message>
      <source>All files (*);;DICOM with a suffix (*.dcm *.dicom *.dic DICOMDIR);;Pictures (*.png *.jpg *.jpeg *.tif *.tiff);;ZIP archives (*.zip)</source>
      <translation>모든 파일 (*);;확장자가 있는 DICOM (*.dcm *.dicom *.dic DICOMDIR);;그림 (*.png *.jpg *.jpeg *.tif *.tiff);;ZIP 압축 파일 (*.zip)</translation>
    </message>
    <message>
      <source>An aid, not a diagnosis, and not to be used to rule out.</source>
      <translation>진단이 아닌 보조 도구이며, 배제에 쓰면 안 됩니다.</translation>
    </message>
    <message>
      <source>An archive and results as DICOM need</source>
      <translation>보관소와 DICOM 결과에 필요한 꾸러미:</translation>
    </message>
    <message>
      <source>An image may be read against its header</source>
      <translation>헤더와 다르게 영상을 읽을 수 있음</translation>
    </message>
    <message>
      <source>Angle</source>
      <translation>각도</translation>
    </message>
    <message>
      <source>Another run is writing to {0}; wait for its end, or give the results another name.</source>
      <translation>다른 실행이 {0}에 쓰는 중입니다. 끝나기를 기다리거나 결과 이름을 바꾸세요.</translation>
    </message>
    <message>
      <source>Any status</source>
      <translation>모든 상태</translation>
    </message>
    <message>
      <source>Any zone</source>
      <translation>모든 구간</translation>
    </message>
    <message>
      <source>Apache-2.0. Nothing is sent anywhere. Qt and PySide are used under the LGPL 3; their source is at {0}.</source>
      <translation>Apache-2.0. 아무것도 밖으로 보내지 않습니다. Qt와 PySide는 LGPL 3으로 사용하며 소스는 {0}에 있습니다.</translation>
    </message>
    <message>
      <source>Archive</source>
      <translation>보관소</translation>
    </message>
    <message>
      <source>Asking {0}</source>
      <translation>{0}에 묻는 중</translation>
    </message>
    <message>
      <source>Assessment for {0} is recommended.</source>
      <translation>{0}에 대한 평가를 권합니다.</translation>
    </message>
    <message>
      <source>Auto</source>
      <translation>자동</translation>
    </message>
    <message>
      <source>Automatic window</source>
      <translation>자동 윈도</translation>
    </message>
    <message>
      <source>Batch</source>
      <translation>일괄 처리</translation>
    </message>
    <message>
      <source>BitsAllocated (0028,0100) is {0}, but the pixels take 16 bits, and were read so.</source>
      <translation>BitsAllocated(0028,0100)는 {0}이지만 화소가 16비트여서 그렇게 읽었습니다.</translation>
    </message>
    <message>
      <source>BitsStored (0028,0101) is {0}, but the compressed pixels use {1} bits, and all of these were read.</source>
      <translation>BitsStored(0028,0101)는 {0}이지만 압축된 화소가 {1}비트를 써서 모두 읽었습니다.</translation>
    </message>
    <message>
      <source>Both on the validation split, on which the thresholds were set; what they reach in other people is not known.</source>
      <translation>둘 다 임계값을 정한 검증 자료의 값이며, 다른 사람들에서 어떤지는 모릅니다.</translation>
    </message>
    <message>
      <source>Brighter</source>
      <translation>밝게</translation>
    </message>
    <message>
      <source>By {0} a pixel is {1} times as high as wide, which can't be; it was ignored.</source>
      <translation>{0}에 따르면 화소의 높이가 너비의 {1}배인데 그럴 수 없어 무시했습니다.</translation>
    </message>
    <message>
      <source>C-MOVE sends it to {0}, which {1} has to know with this machine's address and port {2}, and a firewall has to let in.</source>
      <translation>C-MOVE는 {0}(으)로 보냅니다. {1}이(가) 이 컴퓨터의 주소와 포트 {2}을(를) 알고 방화벽이 열려 있어야 합니다.</translation>
    </message>
    <message>
      <source>C-MOVE to</source>
      <translation>C-MOVE 대상</translation>
    </message>
    <message>
      <source>Calibration line: {0} mm</source>
      <translation>보정선: {0} mm</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>취소</translation>
    </message>
    <message>
      <source>Cancelled. F5 opens the image again.</source>
      <translation>취소했습니다. F5로 영상을 다시 엽니다.</translation>
    </message>
    <message>
      <source>Cancelled: {0} of {1} are done and kept.{2} Start goes on from there.</source>
      <translation>취소했습니다: {1}개 중 {0}개가 끝나 보관되었습니다.{2} 시작을 누르면 이어서 합니다.</translation>
    </message>
    <message>
      <source>Certificate authority</source>
      <translation>인증 기관</translation>
    </message>
    <message>
      <source>Choose a folder…</source>
      <translation>폴더 선택…</translation>
    </message>
    <message>
      <source>Choose a table…</source>
      <translation>표 선택…</translation>
    </message>
    <message>
      <source>Choose weights…</source>
      <translation>가중치 선택…</translation>
    </message>
    <message>
      <source>Cividis (even to the eye)</source>
      <translation>Cividis (눈에 고른 색)</translation>
    </message>
    <message>
      <source>Clear</source>
      <translation>지우기</translation>
    </message>
    <message>
      <source>Clinical table</source>
      <translation>임상 표</translation>
    </message>
    <message>
      <source>Clinical table ({0})</source>
      <translation>임상 표 ({0})</translation>
    </message>
    <message>
      <source>Close this image</source>
      <translation>이 영상 닫기</translation>
    </message>
    <message>
      <source>Close this patient</source>
      <translation>이 환자 닫기</translation>
    </message>
    <message>
      <source>Cobb angle</source>
      <translation>콥 각도</translation>
    </message>
    <message>
      <source>Colours of heatmaps</source>
      <translation>히트맵 색</translation>
    </message>
    <message>
      <source>Colours of the window</source>
      <translation>창의 색</translation>
    </message>
    <message>
      <source>Comment</source>
      <translation>의견</translation>
    </message>
    <message>
      <source>Comment on the row</source>
      <translation>줄에 대한 의견</translation>
    </message>
    <message>
      <source>Confirm</source>
      <translation>확인</translation>
    </message>
    <message>
      <source>Copy the scores</source>
      <translation>점수 복사</translation>
    </message>
    <message>
      <source>Covering parts of the image</source>
      <translation>영상 일부를 가리는 중</translation>
    </message>
    <message>
      <source>DICOM header</source>
      <translation>DICOM 헤더</translation>
    </message>
    <message>
      <source>Dark</source>
      <translation>어둡게</translation>
    </message>
    <message>
      <source>Darker</source>
      <translation>더 어둡게</translation>
    </message>
    <message>
      <source>Date</source>
      <translation>날짜</translation>
    </message>
    <message>
      <source>Delete the measurement</source>
      <translation>계측 삭제</translation>
    </message>
    <message>
      <source>Deleting and inserting cells</source>
      <translation>칸을 지우고 넣는 중</translation>
    </message>
    <message>
      <source>Description</source>
      <translation>설명</translation>
    </message>
    <message>
      <source>Display</source>
      <translation>표시</translation>
    </message>
    <message>
      <source>Display only: {0}</source>
      <translation>표시만 바뀜: {0}</translation>
    </message>
    <message>
      <source>Double click</source>
      <translation>두 번 누르기</translation>
    </message>
    <message>
      <source>Drop folders of images and one clinical table, or the results of one batch alone.</source>
      <translation>영상 폴더와 임상 표 하나, 또는 한 일괄 처리의 결과만 놓으세요.</translation>
    </message>
    <message>
      <source>Each score is the mean of those that give it; the spread is the greatest minus the least. The thresholds are the means of theirs.</source>
      <translation>각 점수는 그 점수를 내는 파일들의 평균이고, 폭은 최댓값과 최솟값의 차이입니다. 임계값도 평균입니다.</translation>
    </message>
    <message>
      <source>Edge of the patient, {0}</source>
      <translation>환자 방향, {0}</translation>
    </message>
    <message>
      <source>Enter a patient, a date or a modality: all studies of an archive are too many.</source>
      <translation>환자, 날짜 또는 장비를 입력하세요. 보관소의 모든 검사는 너무 많습니다.</translation>
    </message>
    <message>
      <source>Fainter heatmap</source>
      <translation>히트맵 옅게</translation>
    </message>
    <message>
      <source>Fetching from {0}</source>
      <translation>{0}에서 가져오는 중</translation>
    </message>
    <message>
      <source>File</source>
      <translation>파일</translation>
    </message>
    <message>
      <source>Files</source>
      <translation>파일</translation>
    </message>
    <message>
      <source>Finished: {0} images. The results are in {1}</source>
      <translation>끝났습니다: 영상 {0}개. 결과는 {1}에 있습니다</translation>
    </message>
    <message>
      <source>Finishing the image under way …</source>
      <translation>진행 중인 영상을 마치는 중 …</translation>
    </message>
    <message>
      <source>Fit</source>
      <translation>맞춤</translation>
    </message>
    <message>
      <source>Fit to the window</source>
      <translation>창에 맞춤</translation>
    </message>
    <message>
      <source>Flip left to right</source>
      <translation>좌우 뒤집기</translation>
    </message>
    <message>
      <source>Flip top to bottom</source>
      <translation>상하 뒤집기</translation>
    </message>
    <message>
      <source>Folder</source>
      <translation>폴더</translation>
    </message>
    <message>
      <source>Folder of images</source>
      <translation>영상 폴더</translation>
    </message>
    <message>
      <source>Folder of what is saved</source>
      <translation>저장 폴더</translation>
    </message>
    <message>
      <source>Folder {0}</source>
      <translation>폴더 {0}</translation>
    </message>
    <message>
      <source>For a BMI at the low end of the range.</source>
      <translation>BMI 범위의 낮은 쪽 기준입니다.</translation>
    </message>
    <message>
      <source>For research. Not a medical device.</source>
      <translation>연구용입니다. 의료기기가 아닙니다.</translation>
    </message>
    <message>
      <source>From left to right: {0}. {1}</source>
      <translation>왼쪽부터: {0}. {1}</translation>
    </message>
    <message>
      <source>Gallery of a folder…</source>
      <translation>폴더 갤러리…</translation>
    </message>
    <message>
      <source>Genant grade {0}, {1}, {2} lost ({3}{4})</source>
      <translation>Genant 등급 {0}, {1}, {2} 감소 ({3}{4})</translation>
    </message>
    <message>
      <source>Grad-CAM over the image; weights {0}</source>
      <translation>영상 위의 Grad-CAM, 가중치 {0}</translation>
    </message>
    <message>
      <source>Grey levels</source>
      <translation>밝기</translation>
    </message>
    <message>
      <source>Heatmap</source>
      <translation>히트맵</translation>
    </message>
    <message>
      <source>Heatmap of the other score</source>
      <translation>다른 점수의 히트맵</translation>
    </message>
    <message>
      <source>Heatmap of the {0}</source>
      <translation>{0}의 히트맵</translation>
    </message>
    <message>
      <source>Heatmap of the {0}, relative: weak to strong</source>
      <translation>{0}의 히트맵, 상대값: 약함에서 강함</translation>
    </message>
    <message>
      <source>Heatmap: waiting for a score.</source>
      <translation>히트맵: 점수를 기다리는 중.</translation>
    </message>
    <message>
      <source>Heatmaps</source>
      <translation>히트맵</translation>
    </message>
    <message>
      <source>Heatmaps: relative, weak to strong. {0}{1}</source>
      <translation>히트맵: 상대값, 약함에서 강함. {0}{1}</translation>
    </message>
    <message>
      <source>Height</source>
      <translation>키</translation>
    </message>
    <message>
      <source>Height {0} cm and weight {1} kg give a BMI of {2}: is the weight in pounds ({3} kg)?</source>
      <translation>키 {0} cm와 체중 {1} kg이면 BMI가 {2}입니다. 체중이 파운드({3} kg) 아닌가요?</translation>
    </message>
    <message>
      <source>Heights</source>
      <translation>높이</translation>
    </message>
    <message>
      <source>Heights of a vertebra by six points</source>
      <translation>척추체 여섯 점 높이</translation>
    </message>
    <message>
      <source>Help</source>
      <translation>도움말</translation>
    </message>
    <message>
      <source>High</source>
      <translation>높음</translation>
    </message>
    <message>
      <source>High from {0}: {1} of those not affected score below.</source>
      <translation>{0} 이상 높음: 해당 없는 사람의 {1}가 이보다 낮습니다.</translation>
    </message>
    <message>
      <source>HighBit (0028,0102) is {0}, but the pixels lie in the lowest {1} bits, and were read so.</source>
      <translation>HighBit(0028,0102)는 {0}이지만 화소가 아래 {1}비트에 있어 그렇게 읽었습니다.</translation>
    </message>
    <message>
      <source>Host</source>
      <translation>호스트</translation>
    </message>
    <message>
      <source>Image</source>
      <translation>영상</translation>
    </message>
    <message>
      <source>Image {0}, {1} x {2} pixels{3}</source>
      <translation>영상 {0}, {1} x {2} 화소{3}</translation>
    </message>
    <message>
      <source>Image, window {0}</source>
      <translation>영상, 윈도 {0}</translation>
    </message>
    <message>
      <source>Images</source>
      <translation>영상</translation>
    </message>
    <message>
      <source>Images and heatmaps</source>
      <translation>영상과 히트맵</translation>
    </message>
    <message>
      <source>In people whom these weights have not seen, from their model card:</source>
      <translation>이 가중치가 보지 못한 사람들에서, 모델 카드에 따르면:</translation>
    </message>
    <message>
      <source>Indeterminate</source>
      <translation>중간</translation>
    </message>
    <message>
      <source>Inferno (even to the eye)</source>
      <translation>Inferno (눈에 고른 색)</translation>
    </message>
    <message>
      <source>Inspect</source>
      <translation>정밀 검토</translation>
    </message>
    <message>
      <source>Inspecting the folder</source>
      <translation>폴더를 검토하는 중</translation>
    </message>
    <message>
      <source>Intended use</source>
      <translation>사용 목적</translation>
    </message>
    <message>
      <source>Invert</source>
      <translation>반전</translation>
    </message>
    <message>
      <source>It could not go on.</source>
      <translation>계속할 수 없었습니다.</translation>
    </message>
    <message>
      <source>It is finished.</source>
      <translation>끝났습니다.</translation>
    </message>
    <message>
      <source>It looks as if dark and bright were exchanged.</source>
      <translation>밝고 어두움이 뒤바뀐 것처럼 보입니다.</translation>
    </message>
    <message>
      <source>It looks as if it lay on its side.</source>
      <translation>옆으로 누운 것처럼 보입니다.</translation>
    </message>
    <message>
      <source>It looks as if it were upside down.</source>
      <translation>거꾸로 된 것처럼 보입니다.</translation>
    </message>
    <message>
      <source>It looks blurred.</source>
      <translation>흐려 보입니다.</translation>
    </message>
    <message>
      <source>It looks like a DXA VFA image.</source>
      <translation>DXA VFA 영상처럼 보입니다.</translation>
    </message>
    <message>
      <source>It looks like a frontal image.</source>
      <translation>정면 영상처럼 보입니다.</translation>
    </message>
    <message>
      <source>It looks like a radiograph.</source>
      <translation>방사선영상처럼 보입니다.</translation>
    </message>
    <message>
      <source>Its key</source>
      <translation>그 열쇠</translation>
    </message>
    <message>
      <source>Keep running</source>
      <translation>계속 실행</translation>
    </message>
    <message>
      <source>Keep running: the window goes, and the batch goes on in the background.</source>
      <translation>계속 실행: 창만 닫히고 일괄 처리는 뒤에서 계속됩니다.</translation>
    </message>
    <message>
      <source>Keys and mouse</source>
      <translation>키와 마우스</translation>
    </message>
    <message>
      <source>Keyword</source>
      <translation>키워드</translation>
    </message>
    <message>
      <source>Language</source>
      <translation>언어</translation>
    </message>
    <message>
      <source>Laying out the image</source>
      <translation>영상을 배치하는 중</translation>
    </message>
    <message>
      <source>Left drag</source>
      <translation>왼쪽 끌기</translation>
    </message>
    <message>
      <source>Length</source>
      <translation>길이</translation>
    </message>
    <message>
      <source>Lengths are by the reader's calibration line.</source>
      <translation>길이는 판독자의 보정선을 따릅니다.</translation>
    </message>
    <message>
      <source>Lengths are those at the detector (ImagerPixelSpacing): the body is magnified.</source>
      <translation>길이는 검출기 면의 값입니다(ImagerPixelSpacing). 몸은 확대되어 있습니다.</translation>
    </message>
    <message>
      <source>Lengths are those on the film (NominalScannedPixelSpacing): the body is magnified.</source>
      <translation>길이는 필름 면의 값입니다(NominalScannedPixelSpacing). 몸은 확대되어 있습니다.</translation>
    </message>
    <message>
      <source>Licences</source>
      <translation>라이선스</translation>
    </message>
    <message>
      <source>Light</source>
      <translation>밝게</translation>
    </message>
    <message>
      <source>Limits</source>
      <translation>한계</translation>
    </message>
    <message>
      <source>Line of known length</source>
      <translation>길이를 아는 선</translation>
    </message>
    <message>
      <source>Loading the model</source>
      <translation>모델을 불러오는 중</translation>
    </message>
    <message>
      <source>Log</source>
      <translation>로그</translation>
    </message>
    <message>
      <source>Look</source>
      <translation>모양</translation>
    </message>
    <message>
      <source>Look closely: methods, parts of the score, checks</source>
      <translation>정밀 검토: 방법, 점수의 구성, 검증</translation>
    </message>
    <message>
      <source>Looking closely</source>
      <translation>자세히 보는 중</translation>
    </message>
    <message>
      <source>Looking for images</source>
      <translation>영상을 찾는 중</translation>
    </message>
    <message>
      <source>Looking for images …</source>
      <translation>영상을 찾는 중 …</translation>
    </message>
    <message>
      <source>Looking in {0}</source>
      <translation>{0}에서 찾는 중</translation>
    </message>
    <message>
      <source>Low</source>
      <translation>낮음</translation>
    </message>
    <message>
      <source>Low below {0}, high from {1}.</source>
      <translation>{0} 미만 낮음, {1} 이상 높음.</translation>
    </message>
    <message>
      <source>Low below {0}: {1} of those affected score above.</source>
      <translation>{0} 미만 낮음: 해당되는 사람의 {1}가 이보다 높습니다.</translation>
    </message>
    <message>
      <source>Made with</source>
      <translation>사용한 것</translation>
    </message>
    <message>
      <source>Made with VERTE Desktop {0}.</source>
      <translation>VERTE Desktop {0}(으)로 만듦.</translation>
    </message>
    <message>
      <source>Magma (even to the eye)</source>
      <translation>Magma (눈에 고른 색)</translation>
    </message>
    <message>
      <source>Manual</source>
      <translation>설명서</translation>
    </message>
    <message>
      <source>Measure</source>
      <translation>계측</translation>
    </message>
    <message>
      <source>Measurements: heights, lengths and angles with their points</source>
      <translation>계측: 높이, 길이, 각도와 그 점들</translation>
    </message>
    <message>
      <source>Middle drag</source>
      <translation>가운데 끌기</translation>
    </message>
    <message>
      <source>Modality</source>
      <translation>장비</translation>
    </message>
    <message>
      <source>Model card</source>
      <translation>모델 카드</translation>
    </message>
    <message>
      <source>Model's view</source>
      <translation>모델이 보는 영상</translation>
    </message>
    <message>
      <source>Mouse</source>
      <translation>마우스</translation>
    </message>
    <message>
      <source>Move the image</source>
      <translation>영상 이동</translation>
    </message>
    <message>
      <source>Move the view {0}</source>
      <translation>보기 이동: {0}</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>이름</translation>
    </message>
    <message>
      <source>Narrower (more contrast)</source>
      <translation>좁게 (대비 크게)</translation>
    </message>
    <message>
      <source>Network</source>
      <translation>신경망</translation>
    </message>
    <message>
      <source>Next image</source>
      <translation>다음 영상</translation>
    </message>
    <message>
      <source>Next row</source>
      <translation>다음 줄</translation>
    </message>
    <message>
      <source>No measurement is chosen.</source>
      <translation>선택한 계측이 없습니다.</translation>
    </message>
    <message>
      <source>No patient's data in the file</source>
      <translation>파일에 환자 정보 없음</translation>
    </message>
    <message>
      <source>No row of {0} fits this image, so its header was asked for age, sex and BMI.{1}</source>
      <translation>{0}에 이 영상과 맞는 줄이 없어 나이, 성별, BMI를 헤더에서 찾았습니다.{1}</translation>
    </message>
    <message>
      <source>No rows yet</source>
      <translation>아직 줄이 없음</translation>
    </message>
    <message>
      <source>No study fits.</source>
      <translation>맞는 검사가 없습니다.</translation>
    </message>
    <message>
      <source>Node</source>
      <translation>노드</translation>
    </message>
    <message>
      <source>Nodes of the archive…</source>
      <translation>보관소 노드…</translation>
    </message>
    <message>
      <source>Not of one score: the main pattern of the features.</source>
      <translation>한 점수가 아니라 특징의 주된 무늬입니다.</translation>
    </message>
    <message>
      <source>Not scored. {0}</source>
      <translation>점수 없음. {0}</translation>
    </message>
    <message>
      <source>Not scored: correct what is marked above.</source>
      <translation>점수 없음: 위에 표시된 곳을 고치세요.</translation>
    </message>
    <message>
      <source>Not scored: its age, sex or BMI is missing. Open it in the main window to enter them.</source>
      <translation>점수 없음: 나이, 성별 또는 BMI가 없습니다. 기본 창에서 열어 입력하세요.</translation>
    </message>
    <message>
      <source>Not scored: {0} are missing.</source>
      <translation>점수 없음: {0} 없음.</translation>
    </message>
    <message>
      <source>Not scored: {0} is missing.</source>
      <translation>점수 없음: {0} 없음.</translation>
    </message>
    <message>
      <source>Notes</source>
      <translation>메모</translation>
    </message>
    <message>
      <source>Notes that quote the header or a table are left out.</source>
      <translation>헤더나 표를 인용한 메모는 뺐습니다.</translation>
    </message>
    <message>
      <source>Nothing raised this score.</source>
      <translation>이 점수를 올린 부분이 없습니다.</translation>
    </message>
    <message>
      <source>Nothing runs.</source>
      <translation>실행 중인 것이 없습니다.</translation>
    </message>
    <message>
      <source>Objects</source>
      <translation>객체</translation>
    </message>
    <message>
      <source>Of the system</source>
      <translation>시스템 설정</translation>
    </message>
    <message>
      <source>Once more takes it back</source>
      <translation>다시 누르면 취소됩니다</translation>
    </message>
    <message>
      <source>One grey level of the picture is marked as transparent; it was read as it is stored.</source>
      <translation>그림의 한 밝기가 투명으로 표시되어 있어 저장된 대로 읽었습니다.</translation>
    </message>
    <message>
      <source>One to one</source>
      <translation>일대일</translation>
    </message>
    <message>
      <source>Only digits, with a point or a comma.</source>
      <translation>숫자만, 점이나 쉼표와 함께 쓸 수 있습니다.</translation>
    </message>
    <message>
      <source>Opacity of heatmaps</source>
      <translation>히트맵 불투명도</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>열기</translation>
    </message>
    <message>
      <source>Open a folder…</source>
      <translation>폴더 열기…</translation>
    </message>
    <message>
      <source>Open an image first.</source>
      <translation>먼저 영상을 여세요.</translation>
    </message>
    <message>
      <source>Open an image to score it.</source>
      <translation>영상을 열면 점수를 계산합니다.</translation>
    </message>
    <message>
      <source>Open files…</source>
      <translation>파일 열기…</translation>
    </message>
    <message>
      <source>Open recent</source>
      <translation>최근 파일 열기</translation>
    </message>
    <message>
      <source>Open results…</source>
      <translation>결과 열기…</translation>
    </message>
    <message>
      <source>Open this image again</source>
      <translation>이 영상 다시 열기</translation>
    </message>
    <message>
      <source>Opened: 1 image.</source>
      <translation>영상 1개를 열었습니다.</translation>
    </message>
    <message>
      <source>Opened: {0} images.</source>
      <translation>영상 {0}개를 열었습니다.</translation>
    </message>
    <message>
      <source>Opening the image</source>
      <translation>영상을 여는 중</translation>
    </message>
    <message>
      <source>Opening the image beside</source>
      <translation>옆 영상을 여는 중</translation>
    </message>
    <message>
      <source>Other heatmap methods than Grad-CAM need</source>
      <translation>Grad-CAM 외의 히트맵 방법에 필요한 꾸러미:</translation>
    </message>
    <message>
      <source>Other score</source>
      <translation>다른 점수</translation>
    </message>
    <message>
      <source>Our AE title</source>
      <translation>우리 AE 이름</translation>
    </message>
    <message>
      <source>Our certificate</source>
      <translation>우리 인증서</translation>
    </message>
    <message>
      <source>PEM file</source>
      <translation>PEM 파일</translation>
    </message>
    <message>
      <source>Password from the variable</source>
      <translation>비밀번호 변수</translation>
    </message>
    <message>
      <source>Patient</source>
      <translation>환자</translation>
    </message>
    <message>
      <source>Patient id</source>
      <translation>환자 번호</translation>
    </message>
    <message>
      <source>Patient's data on the screen</source>
      <translation>화면의 환자 정보</translation>
    </message>
    <message>
      <source>Patient's data on the screen at the start</source>
      <translation>시작할 때 화면에 환자 정보 표시</translation>
    </message>
    <message>
      <source>PatientAge (0010,1010) is not a number with a unit (D, W, M or Y), and was ignored.</source>
      <translation>PatientAge(0010,1010)가 단위(D, W, M, Y)가 있는 수가 아니어서 무시했습니다.</translation>
    </message>
    <message>
      <source>PatientAge (0010,1010) is {0}, which stands for an unknown age, and was ignored.</source>
      <translation>PatientAge(0010,1010)가 나이 모름을 뜻하는 {0}이어서 무시했습니다.</translation>
    </message>
    <message>
      <source>PatientBirthDate (0010,0030) is after {0}, and was ignored.</source>
      <translation>PatientBirthDate(0010,0030)가 {0}보다 늦어 무시했습니다.</translation>
    </message>
    <message>
      <source>PatientBirthDate (0010,0030) stands in for one that is not told, and was ignored.</source>
      <translation>PatientBirthDate(0010,0030)가 알려지지 않은 날짜를 대신한 값이어서 무시했습니다.</translation>
    </message>
    <message>
      <source>PatientSize (0010,1020) is {0}, which can't be metres{1}, and was ignored.</source>
      <translation>PatientSize(0010,1020)가 {0}인데 미터일 수 없어{1} 무시했습니다.</translation>
    </message>
    <message>
      <source>PhotometricInterpretation or PlanarConfiguration (0028,0004 and 0028,0006) is wrong: the image is grey only when it is read otherwise.</source>
      <translation>PhotometricInterpretation 또는 PlanarConfiguration(0028,0004와 0028,0006)이 잘못되었습니다. 달리 읽어야만 회색 영상이 됩니다.</translation>
    </message>
    <message>
      <source>Pillow reads 16-bit colour with 8 bits a channel, so fine contrast is lost.</source>
      <translation>Pillow는 16비트 색을 채널당 8비트로 읽어 미세한 대비가 사라집니다.</translation>
    </message>
    <message>
      <source>PixelPaddingValue (0028,0120) is malformed; nothing was taken for padding.</source>
      <translation>PixelPaddingValue(0028,0120)가 잘못되어 여백으로 본 것이 없습니다.</translation>
    </message>
    <message>
      <source>PixelPaddingValue (0028,0120) is {0}, which these pixels can't hold; nothing was taken for padding.</source>
      <translation>PixelPaddingValue(0028,0120)가 {0}인데 이 화소가 가질 수 없는 값이라 여백으로 본 것이 없습니다.</translation>
    </message>
    <message>
      <source>PixelRepresentation (0028,0103) is 0, but the compressed pixels are signed, and were read so.</source>
      <translation>PixelRepresentation(0028,0103)은 0이지만 압축된 화소에 부호가 있어 그렇게 읽었습니다.</translation>
    </message>
    <message>
      <source>PixelRepresentation (0028,0103) says that the pixels are {0}, but then they would lie at both ends of their range, with nothing between: they were read as {1}.</source>
      <translation>PixelRepresentation(0028,0103)에는 화소가 {0}(이)라고 하지만, 그러면 값이 범위의 양 끝에만 있게 되어 {1}(으)로 읽었습니다.</translation>
    </message>
    <message>
      <source>Port</source>
      <translation>포트</translation>
    </message>
    <message>
      <source>Port for C-MOVE</source>
      <translation>C-MOVE 포트</translation>
    </message>
    <message>
      <source>Port {0}, to which {1} is to send, can't be opened: {2}.</source>
      <translation>{1}이(가) 보낼 포트 {0}을(를) 열 수 없습니다: {2}.</translation>
    </message>
    <message>
      <source>Position and value</source>
      <translation>위치와 값</translation>
    </message>
    <message>
      <source>Preferences…</source>
      <translation>환경 설정…</translation>
    </message>
    <message>
      <source>Previous image</source>
      <translation>이전 영상</translation>
    </message>
    <message>
      <source>Previous row</source>
      <translation>이전 줄</translation>
    </message>
    <message>
      <source>Prior</source>
      <translation>이전 영상</translation>
    </message>
    <message>
      <source>Prior beside the image</source>
      <translation>이전 영상을 옆에 놓기</translation>
    </message>
    <message>
      <source>Query the archive…</source>
      <translation>보관소 조회…</translation>
    </message>
    <message>
      <source>Quit</source>
      <translation>끝내기</translation>
    </message>
    <message>
      <source>Read as</source>
      <translation>읽은 종류</translation>
    </message>
    <message>
      <source>Read as {0}</source>
      <translation>{0}(으)로 읽음</translation>
    </message>
    <message>
      <source>Read each as</source>
      <translation>각각 읽을 종류</translation>
    </message>
    <message>
      <source>Reading the results</source>
      <translation>결과를 읽는 중</translation>
    </message>
    <message>
      <source>Reading the results …</source>
      <translation>결과를 읽는 중 …</translation>
    </message>
    <message>
      <source>Reading was cancelled.</source>
      <translation>읽기를 취소했습니다.</translation>
    </message>
    <message>
      <source>Reason</source>
      <translation>이유</translation>
    </message>
    <message>
      <source>Redo</source>
      <translation>다시 실행</translation>
    </message>
    <message>
      <source>Refused ({0})</source>
      <translation>거부 ({0})</translation>
    </message>
    <message>
      <source>Refused: {0} ({1})</source>
      <translation>거부: {0} ({1})</translation>
    </message>
    <message>
      <source>Refute</source>
      <translation>반박</translation>
    </message>
    <message>
      <source>Remember recent files</source>
      <translation>최근 파일 기억</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>제거</translation>
    </message>
    <message>
      <source>Removing and debiasing</source>
      <translation>제거하고 편향을 없애는 중</translation>
    </message>
    <message>
      <source>Report</source>
      <translation>보고서</translation>
    </message>
    <message>
      <source>RescaleSlope (0028,1053) is 0, by which all pixels are the same; nothing tells what it should be.</source>
      <translation>RescaleSlope(0028,1053)가 0이라 모든 화소가 같아집니다. 올바른 값을 알 수 없습니다.</translation>
    </message>
    <message>
      <source>RescaleSlope or RescaleIntercept (0028,1052 and 1053) gives {0}.</source>
      <translation>RescaleSlope 또는 RescaleIntercept(0028,1052와 1053)가 {0}이(가) 됩니다.</translation>
    </message>
    <message>
      <source>Reset</source>
      <translation>초기화</translation>
    </message>
    <message>
      <source>Reset the display</source>
      <translation>표시 초기화</translation>
    </message>
    <message>
      <source>Results</source>
      <translation>결과</translation>
    </message>
    <message>
      <source>Results of {0}</source>
      <translation>{0}의 결과</translation>
    </message>
    <message>
      <source>Right drag</source>
      <translation>오른쪽 끌기</translation>
    </message>
    <message>
      <source>Rotate left</source>
      <translation>왼쪽으로 돌리기</translation>
    </message>
    <message>
      <source>Rotate right</source>
      <translation>오른쪽으로 돌리기</translation>
    </message>
    <message>
      <source>Rows of {0}</source>
      <translation>{0}의 줄</translation>
    </message>
    <message>
      <source>Save a report…</source>
      <translation>보고서 저장…</translation>
    </message>
    <message>
      <source>Save elsewhere…</source>
      <translation>다른 곳에 저장…</translation>
    </message>
    <message>
      <source>Save for the PACS, or send…</source>
      <translation>PACS용으로 저장하거나 보내기…</translation>
    </message>
    <message>
      <source>Save the picture…</source>
      <translation>그림 저장…</translation>
    </message>
    <message>
      <source>Saved in {0}: {1}.{2}</source>
      <translation>{0}에 저장함: {1}.{2}</translation>
    </message>
    <message>
      <source>Saved {0}</source>
      <translation>{0} 저장함</translation>
    </message>
    <message>
      <source>Saved {0}.</source>
      <translation>{0} 저장함.</translation>
    </message>
    <message>
      <source>Score a folder…</source>
      <translation>폴더 점수 계산…</translation>
    </message>
    <message>
      <source>Score a table…</source>
      <translation>표 점수 계산…</translation>
    </message>
    <message>
      <source>Score the person's other images</source>
      <translation>이 사람의 나머지 영상 점수 계산</translation>
    </message>
    <message>
      <source>Scored ({0})</source>
      <translation>점수 있음 ({0})</translation>
    </message>
    <message>
      <source>Scored as {0} on the reader's word. {1}</source>
      <translation>판독자의 판단으로 {0}(으)로 점수를 계산했습니다. {1}</translation>
    </message>
    <message>
      <source>Scores</source>
      <translation>점수</translation>
    </message>
    <message>
      <source>Scoring</source>
      <translation>점수 계산 중</translation>
    </message>
    <message>
      <source>Scoring the person's other images</source>
      <translation>이 사람의 나머지 영상 점수를 계산하는 중</translation>
    </message>
    <message>
      <source>Scoring with the other weights</source>
      <translation>다른 가중치로 점수를 계산하는 중</translation>
    </message>
    <message>
      <source>Secondary capture: the image and both heatmaps, for every viewer</source>
      <translation>이차 캡처: 영상과 두 히트맵, 모든 뷰어용</translation>
    </message>
    <message>
      <source>Seconds for an answer</source>
      <translation>응답 대기 시간(초)</translation>
    </message>
    <message>
      <source>Send to</source>
      <translation>보낼 곳</translation>
    </message>
    <message>
      <source>Sending to {0}</source>
      <translation>{0}(으)로 보내는 중</translation>
    </message>
    <message>
      <source>Sent to {0}: {1}.</source>
      <translation>{0}(으)로 보냄: {1}.</translation>
    </message>
    <message>
      <source>Several rows of {0} fit this image: {1}; leave one of them.</source>
      <translation>{0}의 여러 줄이 이 영상과 맞습니다: {1}. 하나만 남기세요.</translation>
    </message>
    <message>
      <source>Sex</source>
      <translation>성별</translation>
    </message>
    <message>
      <source>Sex must be F or M, not {0}: the model was trained on these two only.</source>
      <translation>성별은 F 또는 M이어야 하는데 {0}입니다. 모델은 이 둘로만 학습했습니다.</translation>
    </message>
    <message>
      <source>Sex must be F or M, not {0}; female, male, 여 and 남 are read, too.</source>
      <translation>성별은 F 또는 M이어야 하는데 {0}입니다. female, male, 여, 남도 읽습니다.</translation>
    </message>
    <message>
      <source>Show</source>
      <translation>보기</translation>
    </message>
    <message>
      <source>Shuffling the weights</source>
      <translation>가중치를 섞는 중</translation>
    </message>
    <message>
      <source>Status</source>
      <translation>상태</translation>
    </message>
    <message>
      <source>Stop now</source>
      <translation>지금 중지</translation>
    </message>
    <message>
      <source>Stop now: the image under way is finished, the table of results gets the rows that are done, and Start goes on with the rest later.</source>
      <translation>지금 중지: 진행 중인 영상을 마치고 끝난 줄을 결과 표에 씁니다. 나머지는 나중에 시작을 눌러 이어 갑니다.</translation>
    </message>
    <message>
      <source>Stronger heatmap</source>
      <translation>히트맵 진하게</translation>
    </message>
    <message>
      <source>Structured report: scores, zones and inputs as data</source>
      <translation>구조화 보고서: 점수, 구간, 입력값 자료</translation>
    </message>
    <message>
      <source>Summary</source>
      <translation>요약</translation>
    </message>
    <message>
      <source>Tag</source>
      <translation>태그</translation>
    </message>
    <message>
      <source>Take back what was said last, of {0}</source>
      <translation>마지막 판정 취소: {0}</translation>
    </message>
    <message>
      <source>Text burnt into the pixels, if any, is still in the capture.</source>
      <translation>화소에 새겨진 글자가 있다면 캡처에 그대로 남아 있습니다.</translation>
    </message>
    <message>
      <source>The DICOMDIR lists {0} files, and none of them is there: copy its whole folder.</source>
      <translation>DICOMDIR에 파일 {0}개가 적혀 있으나 하나도 없습니다. 폴더 전체를 복사하세요.</translation>
    </message>
    <message>
      <source>The JPEG has more than {0} scans, the limit.</source>
      <translation>JPEG의 스캔이 한도인 {0}개보다 많습니다.</translation>
    </message>
    <message>
      <source>The JPEG has more than {0} segments or {1} stray bytes before its pixels, the limits.</source>
      <translation>JPEG의 화소 앞에 한도인 구획 {0}개 또는 남는 바이트 {1}개보다 많이 있습니다.</translation>
    </message>
    <message>
      <source>The PNG has more than {0} chunks, the limit.</source>
      <translation>PNG의 조각이 한도인 {0}개보다 많습니다.</translation>
    </message>
    <message>
      <source>The age that was given is {0}, but the header says {1} years; the one given is used.</source>
      <translation>주어진 나이는 {0}인데 헤더에는 {1}세입니다. 주어진 값을 씁니다.</translation>
    </message>
    <message>
      <source>The archive can't be unpacked: {0}.</source>
      <translation>압축 파일을 풀 수 없습니다: {0}.</translation>
    </message>
    <message>
      <source>The archive holds more than {0} files, the limit.</source>
      <translation>압축 파일에 한도인 {0}개보다 많은 파일이 있습니다.</translation>
    </message>
    <message>
      <source>The archive is damaged, or packed in a way that can't be read.</source>
      <translation>압축 파일이 손상되었거나 읽을 수 없는 방식으로 압축되었습니다.</translation>
    </message>
    <message>
      <source>The archive is encrypted: unpack it with its password, and open the folder.</source>
      <translation>압축 파일이 암호화되어 있습니다. 비밀번호로 푼 뒤 폴더를 여세요.</translation>
    </message>
    <message>
      <source>The archive is larger than {0} GiB or more than {1} times its own size once unpacked, the limits.</source>
      <translation>압축을 풀면 한도인 {0} GiB 또는 원래 크기의 {1}배를 넘습니다.</translation>
    </message>
    <message>
      <source>The batch is under way: {0}.</source>
      <translation>일괄 처리가 진행 중입니다: {0}.</translation>
    </message>
    <message>
      <source>The certificates can't be used: {0}.</source>
      <translation>인증서를 쓸 수 없습니다: {0}.</translation>
    </message>
    <message>
      <source>The column {0} of {1} is not read.</source>
      <translation>{1}의 열 {0}은(는) 읽지 않습니다.</translation>
    </message>
    <message>
      <source>The column {0} of {1} looks like {2} ({3}), but is not read; name it {4} if it is, or give it a name that is unlike.</source>
      <translation>{1}의 열 {0}은(는) {2}({3})처럼 보이지만 읽지 않습니다. 맞다면 {4}(으)로, 아니면 다른 이름으로 바꾸세요.</translation>
    </message>
    <message>
      <source>The decoder broke off while it read the file: it is damaged, or of a kind that can't be read.</source>
      <translation>파일을 읽던 중 해독기가 멈췄습니다. 손상되었거나 읽을 수 없는 종류입니다.</translation>
    </message>
    <message>
      <source>The deflated file is larger than {0} MiB, the limit.</source>
      <translation>압축된 파일이 한도인 {0} MiB보다 큽니다.</translation>
    </message>
    <message>
      <source>The deflated file is more than {0} times as large once inflated, the limit.</source>
      <translation>압축된 파일을 풀면 한도인 {0}배보다 커집니다.</translation>
    </message>
    <message>
      <source>The description inside {0} can't be used: {1}</source>
      <translation>{0} 안의 설명을 쓸 수 없습니다: {1}</translation>
    </message>
    <message>
      <source>The device {0} is not available here; there is {1}.</source>
      <translation>장치 {0}은(는) 여기서 쓸 수 없습니다. 있는 것: {1}.</translation>
    </message>
    <message>
      <source>The environment variable {0}, which the node names, is not set.</source>
      <translation>노드가 가리키는 환경 변수 {0}이(가) 정해지지 않았습니다.</translation>
    </message>
    <message>
      <source>The features of {0} on {1} differ from the CPU's by {2}; the greatest is {3}</source>
      <translation>{1}의 {0} 특징이 CPU와 {2}만큼 다릅니다. 최댓값은 {3}입니다</translation>
    </message>
    <message>
      <source>The file can't be read again: {0}.</source>
      <translation>파일을 다시 읽을 수 없습니다: {0}.</translation>
    </message>
    <message>
      <source>The file can't be read: {0}.</source>
      <translation>파일을 읽을 수 없습니다: {0}.</translation>
    </message>
    <message>
      <source>The file does not exist.</source>
      <translation>파일이 없습니다.</translation>
    </message>
    <message>
      <source>The file does not say what kind of image it is; it was taken for {0}.</source>
      <translation>파일에 어떤 영상인지 적혀 있지 않아 {0}(으)로 보았습니다.</translation>
    </message>
    <message>
      <source>The file does not state how its pixels are compressed (TransferSyntaxUID, 0002,0010).</source>
      <translation>화소의 압축 방식(TransferSyntaxUID, 0002,0010)이 파일에 적혀 있지 않습니다.</translation>
    </message>
    <message>
      <source>The file ends before its pixel data ({0}); it was probably cut short.</source>
      <translation>화소 자료({0}) 앞에서 파일이 끝납니다. 잘린 것 같습니다.</translation>
    </message>
    <message>
      <source>The file has changed since it was opened; open it again (F5).</source>
      <translation>파일을 연 뒤에 파일이 바뀌었습니다. 다시 여세요(F5).</translation>
    </message>
    <message>
      <source>The file holds floating-point pixel data; only integers of 8 to 16 bits are read.</source>
      <translation>부동소수점 화소 자료입니다. 8–16비트 정수만 읽습니다.</translation>
    </message>
    <message>
      <source>The file holds more than {0} elements, the limit.</source>
      <translation>파일의 요소가 한도인 {0}개보다 많습니다.</translation>
    </message>
    <message>
      <source>The file holds no image: it is {0}, modality {1}.</source>
      <translation>파일에 영상이 없습니다: {0}, 장비 {1}.</translation>
    </message>
    <message>
      <source>The file holds {0} frames; only a single image is read.</source>
      <translation>파일에 프레임이 {0}개 있습니다. 한 영상만 읽습니다.</translation>
    </message>
    <message>
      <source>The file is cut short: it ends within an element.</source>
      <translation>파일이 잘렸습니다: 요소 안에서 끝납니다.</translation>
    </message>
    <message>
      <source>The file is cut short: its deflated data has no end.</source>
      <translation>파일이 잘렸습니다: 압축 자료의 끝이 없습니다.</translation>
    </message>
    <message>
      <source>The file is damaged and can't be read.</source>
      <translation>파일이 손상되어 읽을 수 없습니다.</translation>
    </message>
    <message>
      <source>The file is damaged: it says that its colours are signed numbers.</source>
      <translation>파일이 손상되었습니다: 색이 부호 있는 수라고 합니다.</translation>
    </message>
    <message>
      <source>The file is damaged: its functional groups (5200,9229 and 9230) can't be read.</source>
      <translation>파일이 손상되었습니다: 기능 그룹(5200,9229와 9230)을 읽을 수 없습니다.</translation>
    </message>
    <message>
      <source>The file is damaged: its header says {0} rows x {1} columns x {2} samples of {3} bits, and its compressed pixels {4} x {5} x {6} of {7} bits.</source>
      <translation>파일이 손상되었습니다: 헤더에는 {0}행 x {1}열 x {2}채널 {3}비트, 압축된 화소에는 {4} x {5} x {6} {7}비트라고 합니다.</translation>
    </message>
    <message>
      <source>The file is empty.</source>
      <translation>파일이 비어 있습니다.</translation>
    </message>
    <message>
      <source>The file is larger than {0} MiB, the limit.</source>
      <translation>파일이 한도인 {0} MiB보다 큽니다.</translation>
    </message>
    <message>
      <source>The file is not an image that can be opened here: DICOM, PNG, JPEG or TIFF.</source>
      <translation>여기서 열 수 있는 영상(DICOM, PNG, JPEG, TIFF)이 아닙니다.</translation>
    </message>
    <message>
      <source>The file of nodes {0} can't be read: {1}.</source>
      <translation>노드 파일 {0}을(를) 읽을 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The file of nodes {0} can't be written: {1}.</source>
      <translation>노드 파일 {0}을(를) 쓸 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The file of nodes {0} is not in UTF-8.</source>
      <translation>노드 파일 {0}이(가) UTF-8이 아닙니다.</translation>
    </message>
    <message>
      <source>The file of the image is another one by now; open it again (F5).</source>
      <translation>영상 파일이 다른 파일로 바뀌었습니다. 다시 여세요(F5).</translation>
    </message>
    <message>
      <source>The file of the truth beside the image is damaged, or of another form.</source>
      <translation>영상 옆의 정답 파일이 손상되었거나 다른 형식입니다.</translation>
    </message>
    <message>
      <source>The file of these weights has since been changed or removed; the scores are of the weights as loaded.</source>
      <translation>이 가중치의 파일이 그 뒤 바뀌었거나 없어졌습니다. 점수는 불러왔을 때의 가중치로 계산한 것입니다.</translation>
    </message>
    <message>
      <source>The file takes too long to read: there was no image after {0} seconds.</source>
      <translation>읽는 데 너무 오래 걸립니다: {0}초가 지나도 영상이 나오지 않았습니다.</translation>
    </message>
    <message>
      <source>The file {0} can't be written: {1}.</source>
      <translation>파일 {0}을(를) 쓸 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The file {0} that tls.{1} names is not there.</source>
      <translation>tls.{1}이 가리키는 파일 {0}이(가) 없습니다.</translation>
    </message>
    <message>
      <source>The file's VOILUTSequence shows nothing of this image and was ignored.</source>
      <translation>파일의 VOILUTSequence로는 이 영상이 보이지 않아 무시했습니다.</translation>
    </message>
    <message>
      <source>The file's palette is malformed.</source>
      <translation>파일의 색상표가 잘못되었습니다.</translation>
    </message>
    <message>
      <source>The file's {0} is malformed: all of its entries are 0.</source>
      <translation>파일의 {0}이(가) 잘못되었습니다: 모든 값이 0입니다.</translation>
    </message>
    <message>
      <source>The file's {0} is malformed: it can't be read.</source>
      <translation>파일의 {0}이(가) 잘못되었습니다: 읽을 수 없습니다.</translation>
    </message>
    <message>
      <source>The file's {0} is malformed: it has no LUTDescriptor of three numbers.</source>
      <translation>파일의 {0}이(가) 잘못되었습니다: 세 수로 된 LUTDescriptor가 없습니다.</translation>
    </message>
    <message>
      <source>The file's {0} is malformed: {1} of {2} entries are there.</source>
      <translation>파일의 {0}이(가) 잘못되었습니다: {2}개 중 {1}개만 있습니다.</translation>
    </message>
    <message>
      <source>The first sheet of {0}, {1}, was read, and no other.</source>
      <translation>{0}의 첫 시트 {1}만 읽었습니다.</translation>
    </message>
    <message>
      <source>The folder {0} can't be made: {1}.</source>
      <translation>폴더 {0}을(를) 만들 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The folder {0} holds no inspection.</source>
      <translation>폴더 {0}에는 검토 결과가 없습니다.</translation>
    </message>
    <message>
      <source>The gate of the weights has {0} references.</source>
      <translation>가중치의 게이트에 기준이 {0}개 있습니다.</translation>
    </message>
    <message>
      <source>The header contradicts itself: PhotometricInterpretation {0} and PresentationLUTShape {1}; the image was inverted.</source>
      <translation>헤더가 모순됩니다: PhotometricInterpretation {0}, PresentationLUTShape {1}. 영상을 반전했습니다.</translation>
    </message>
    <message>
      <source>The header contradicts itself: by PatientAge the age is {0}, by PatientBirthDate and {1} {2} years; {3} was taken.</source>
      <translation>헤더가 모순됩니다: PatientAge로는 {0}세, PatientBirthDate와 {1}(으)로는 {2}세입니다. {3}을(를) 택했습니다.</translation>
    </message>
    <message>
      <source>The header contradicts itself: by {0} a pixel is {1} times as high as wide, and by {2} {3} times; {4} was used.</source>
      <translation>헤더가 모순됩니다: {0}에 따르면 화소 높이가 너비의 {1}배, {2}에 따르면 {3}배입니다. {4}을(를) 썼습니다.</translation>
    </message>
    <message>
      <source>The header contradicts itself: {0} and {1}; the image was not turned.</source>
      <translation>헤더가 모순됩니다: {0}, {1}. 영상을 돌리지 않았습니다.</translation>
    </message>
    <message>
      <source>The header does not say whose image it is.</source>
      <translation>헤더에 누구의 영상인지 적혀 있지 않습니다.</translation>
    </message>
    <message>
      <source>The header says SOP class of {0} (SOPClassUID), so this is {1}.</source>
      <translation>헤더의 SOP 클래스가 {0}(SOPClassUID)이므로 {1}입니다.</translation>
    </message>
    <message>
      <source>The header says modality RF: an image of fluoroscopy may look unlike a radiograph.</source>
      <translation>헤더의 장비가 RF입니다. 투시 영상은 방사선영상과 다르게 보일 수 있습니다.</translation>
    </message>
    <message>
      <source>The header says modality {0} (Modality), so this is {1}.</source>
      <translation>헤더의 장비가 {0}(Modality)이므로 {1}입니다.</translation>
    </message>
    <message>
      <source>The header says quadruped (AnatomicalOrientationType), so this is not an image of a person.</source>
      <translation>헤더에 네발 동물(AnatomicalOrientationType)이라고 하므로 사람의 영상이 아닙니다.</translation>
    </message>
    <message>
      <source>The header says secondary capture by VERTE Desktop (Manufacturer): this is a picture that the program made, and no radiograph.</source>
      <translation>헤더에 VERTE Desktop의 이차 캡처(Manufacturer)라고 합니다. 프로그램이 만든 그림이며 방사선영상이 아닙니다.</translation>
    </message>
    <message>
      <source>The header says secondary capture: the image may be a picture of a screen.</source>
      <translation>헤더에 이차 캡처라고 합니다. 화면을 찍은 그림일 수 있습니다.</translation>
    </message>
    <message>
      <source>The header says that it is {0}.</source>
      <translation>헤더에 {0}(이)라고 합니다.</translation>
    </message>
    <message>
      <source>The header says {0}, but also {1}: please check that it shows it.</source>
      <translation>헤더에 {0}, 또한 {1}(이)라고 합니다. 그 부위가 보이는지 확인하세요.</translation>
    </message>
    <message>
      <source>The header says {0}, but also {1}: {2}.</source>
      <translation>헤더에 {0}, 또한 {1}(이)라고 합니다: {2}.</translation>
    </message>
    <message>
      <source>The header says {0}, so the image was {1} to stand upright.</source>
      <translation>헤더에 {0}(이)라고 하여 영상을 {1} 바로 세웠습니다.</translation>
    </message>
    <message>
      <source>The header says {0}, so this is not a lateral view.</source>
      <translation>헤더에 {0}(이)라고 하므로 측면 영상이 아닙니다.</translation>
    </message>
    <message>
      <source>The header says {0}, so this is not {1}.</source>
      <translation>헤더에 {0}(이)라고 하므로 {1}이(가) 아닙니다.</translation>
    </message>
    <message>
      <source>The header says {0}, which names several parts of the body: please check that it shows the thoracic or lumbar spine.</source>
      <translation>헤더에 여러 부위({0})가 적혀 있습니다. 흉추나 요추가 보이는지 확인하세요.</translation>
    </message>
    <message>
      <source>The header says {0}: a lateral view of it may show only a part of the spine.</source>
      <translation>헤더에 {0}(이)라고 합니다. 그 측면 영상은 척추의 일부만 보일 수 있습니다.</translation>
    </message>
    <message>
      <source>The header says {0}: please check that this view is the lateral one.</source>
      <translation>헤더에 {0}(이)라고 합니다. 측면 영상인지 확인하세요.</translation>
    </message>
    <message>
      <source>The header's {0} is malformed, and was ignored.</source>
      <translation>헤더의 {0}이(가) 잘못되어 무시했습니다.</translation>
    </message>
    <message>
      <source>The heatmap could not be made; the scores stand.</source>
      <translation>히트맵을 만들지 못했습니다. 점수는 유효합니다.</translation>
    </message>
    <message>
      <source>The heatmap {0} can't be written: {1}.</source>
      <translation>히트맵 {0}을(를) 쓸 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The image can't be kept: {0}.</source>
      <translation>영상을 보관할 수 없습니다: {0}.</translation>
    </message>
    <message>
      <source>The image can't be read again: {0}.</source>
      <translation>영상을 다시 읽을 수 없습니다: {0}.</translation>
    </message>
    <message>
      <source>The image is constant: every pixel has the same value, so there is nothing to score.</source>
      <translation>영상의 모든 화소 값이 같아 점수를 계산할 것이 없습니다.</translation>
    </message>
    <message>
      <source>The image is constant: every pixel has the same value.</source>
      <translation>영상의 모든 화소 값이 같습니다.</translation>
    </message>
    <message>
      <source>The image is empty: every pixel is padding.</source>
      <translation>영상이 비어 있습니다: 모든 화소가 여백입니다.</translation>
    </message>
    <message>
      <source>The image is in colour: {0}; only grey images are read, also when stored as colour.</source>
      <translation>컬러 영상입니다: {0}. 컬러로 저장되었더라도 회색 영상만 읽습니다.</translation>
    </message>
    <message>
      <source>The image is no DICOM file: it names no study in an archive that results could belong to.</source>
      <translation>DICOM 파일이 아니어서 보관소에서 결과가 속할 검사를 알 수 없습니다.</translation>
    </message>
    <message>
      <source>The image is no row of a batch.</source>
      <translation>이 영상은 일괄 처리의 줄이 아닙니다.</translation>
    </message>
    <message>
      <source>The image is raw detector data (FOR PROCESSING) and may look unlike a radiograph.</source>
      <translation>처리 전 검출기 자료(FOR PROCESSING)여서 방사선영상과 다르게 보일 수 있습니다.</translation>
    </message>
    <message>
      <source>The image is stored in colour; its channels are equal, and it was read as grey.</source>
      <translation>컬러로 저장되었으나 채널이 같아 회색으로 읽었습니다.</translation>
    </message>
    <message>
      <source>The image is stored in colour; its channels differ by at most {0} of the range, and it was read as grey by its luminance.</source>
      <translation>컬러로 저장되었으나 채널 차이가 범위의 {0} 이하여서 밝기로 바꾸어 회색으로 읽었습니다.</translation>
    </message>
    <message>
      <source>The image is tinted as a whole ({0}, by one tint for each brightness); it was read as grey by its luminance.</source>
      <translation>영상 전체에 색조가 있어({0}, 밝기마다 한 색조) 밝기로 바꾸어 회색으로 읽었습니다.</translation>
    </message>
    <message>
      <source>The image is too large: {0} rows x {1} columns x {2} samples exceed {3} values, the limit.</source>
      <translation>영상이 너무 큽니다: {0}행 x {1}열 x {2}채널이 한도인 {3}개 값을 넘습니다.</translation>
    </message>
    <message>
      <source>The image is too small: {0} rows x {1} columns, and {2} is the least.</source>
      <translation>영상이 너무 작습니다: {0}행 x {1}열, 최소는 {2}입니다.</translation>
    </message>
    <message>
      <source>The image {0} {1}, so no result can refer to it in an archive.</source>
      <translation>영상에 {0} {1}이(가) 있어 보관소에서 결과가 가리킬 수 없습니다.</translation>
    </message>
    <message>
      <source>The inspection in {0} can't be written: {1}. What is done is kept.</source>
      <translation>{0}의 검토 결과를 쓸 수 없습니다: {1}. 끝난 것은 보관됩니다.</translation>
    </message>
    <message>
      <source>The inspection {0} can't be read: {1}.</source>
      <translation>검토 결과 {0}을(를) 읽을 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The journal {0} can't be read: {1}.</source>
      <translation>기록 {0}을(를) 읽을 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The log {0} can't be written: {1}.</source>
      <translation>로그 {0}을(를) 쓸 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The measurements {0} are damaged, or of another version.</source>
      <translation>계측 파일 {0}이(가) 손상되었거나 다른 판입니다.</translation>
    </message>
    <message>
      <source>The measurements {0} are damaged.</source>
      <translation>계측 파일 {0}이(가) 손상되었습니다.</translation>
    </message>
    <message>
      <source>The measurements {0} can't be read: {1}.</source>
      <translation>계측 파일 {0}을(를) 읽을 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The measurements {0} can't be written: {1}.</source>
      <translation>계측 파일 {0}을(를) 쓸 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The memory of the GPU does not suffice</source>
      <translation>GPU 메모리가 모자랍니다</translation>
    </message>
    <message>
      <source>The model has not seen an image yet.</source>
      <translation>모델이 아직 영상을 보지 않았습니다.</translation>
    </message>
    <message>
      <source>The model is not loaded yet.</source>
      <translation>모델을 아직 불러오지 않았습니다.</translation>
    </message>
    <message>
      <source>The other weights need age, sex and BMI, which are not entered.</source>
      <translation>다른 가중치에는 나이, 성별, BMI가 필요한데 입력되지 않았습니다.</translation>
    </message>
    <message>
      <source>The picture can't be written to {0}.</source>
      <translation>그림을 {0}에 쓸 수 없습니다.</translation>
    </message>
    <message>
      <source>The picture carries more text than is read: 1 MiB in a piece, 64 MiB in all.</source>
      <translation>그림에 읽을 수 있는 것보다 많은 글이 있습니다: 조각당 1 MiB, 모두 64 MiB까지입니다.</translation>
    </message>
    <message>
      <source>The picture declares far more than {0} pixels, the limit.</source>
      <translation>그림이 한도인 {0}화소보다 훨씬 크다고 합니다.</translation>
    </message>
    <message>
      <source>The picture holds 32-bit integers beyond 16 bits; only 8 and 16 bits are read.</source>
      <translation>그림에 16비트를 넘는 32비트 정수가 있습니다. 8비트와 16비트만 읽습니다.</translation>
    </message>
    <message>
      <source>The picture holds floating-point values; only 8- and 16-bit integers are read.</source>
      <translation>그림에 부동소수점 값이 있습니다. 8비트와 16비트 정수만 읽습니다.</translation>
    </message>
    <message>
      <source>The picture holds {0} frames or pages; only a single image is read.</source>
      <translation>그림에 프레임이나 쪽이 {0}개 있습니다. 한 영상만 읽습니다.</translation>
    </message>
    <message>
      <source>The picture is cut short or damaged ({0}).</source>
      <translation>그림이 잘렸거나 손상되었습니다({0}).</translation>
    </message>
    <message>
      <source>The picture is cut short or damaged: its header can't be read.</source>
      <translation>그림이 잘렸거나 손상되었습니다: 헤더를 읽을 수 없습니다.</translation>
    </message>
    <message>
      <source>The picture is partly transparent, so its grey levels are not defined.</source>
      <translation>그림의 일부가 투명하여 밝기를 정할 수 없습니다.</translation>
    </message>
    <message>
      <source>The picture's colour mode {0} is not read; use grey of 8 or 16 bits.</source>
      <translation>그림의 색 모드 {0}은(는) 읽지 않습니다. 8비트나 16비트 회색을 쓰세요.</translation>
    </message>
    <message>
      <source>The pixel data (7FE0,0010) is damaged: it is no sequence of bytes.</source>
      <translation>화소 자료(7FE0,0010)가 손상되었습니다: 바이트 열이 아닙니다.</translation>
    </message>
    <message>
      <source>The pixel data ({0}) is cut short: its end is missing.</source>
      <translation>화소 자료({0})가 잘렸습니다: 끝이 없습니다.</translation>
    </message>
    <message>
      <source>The pixel data ({0}) is damaged: it can't be decoded.</source>
      <translation>화소 자료({0})가 손상되었습니다: 해독할 수 없습니다.</translation>
    </message>
    <message>
      <source>The pixel data ({0}) is damaged: it holds no frame.</source>
      <translation>화소 자료({0})가 손상되었습니다: 프레임이 없습니다.</translation>
    </message>
    <message>
      <source>The pixel data ({0}) is damaged: {1}.</source>
      <translation>화소 자료({0})가 손상되었습니다: {1}.</translation>
    </message>
    <message>
      <source>The pixel data has been compressed with loss.</source>
      <translation>화소 자료가 손실 압축되었습니다.</translation>
    </message>
    <message>
      <source>The pixel data is compressed, but the transfer syntax says that it is not.</source>
      <translation>전송 구문과 달리 화소 자료가 압축되어 있습니다.</translation>
    </message>
    <message>
      <source>The pixel data is cut short: {0} of {1} bytes are there.</source>
      <translation>화소 자료가 잘렸습니다: {1}바이트 중 {0}바이트만 있습니다.</translation>
    </message>
    <message>
      <source>The pixel data is stored as {0} with {1} bits, which can't be read; ask for the image uncompressed or in JPEG Lossless.</source>
      <translation>화소 자료가 {1}비트 {0} 형식이라 읽을 수 없습니다. 압축하지 않았거나 JPEG Lossless인 영상을 요청하세요.</translation>
    </message>
    <message>
      <source>The pixel data is stored as {0}, and its decoder ({1}) is missing from this installation.</source>
      <translation>화소 자료가 {0} 형식인데 그 해독기({1})가 설치되어 있지 않습니다.</translation>
    </message>
    <message>
      <source>The pixel data is stored as {0}, which can't be read.</source>
      <translation>화소 자료가 {0} 형식이라 읽을 수 없습니다.</translation>
    </message>
    <message>
      <source>The pixels are {0} times as {1} ({2}), so the image was resampled to square ones.</source>
      <translation>화소가 {0}배 {1}({2}) 정사각형 화소로 다시 추출했습니다.</translation>
    </message>
    <message>
      <source>The pixels have BitsAllocated {0}, BitsStored {1} and HighBit {2} (0028,0100 to 0102); only integers of 8 to 16 bits are read.</source>
      <translation>BitsAllocated {0}, BitsStored {1}, HighBit {2}(0028,0100–0102)입니다. 8–16비트 정수만 읽습니다.</translation>
    </message>
    <message>
      <source>The pixels have BitsStored {0} and HighBit {1} (0028,0101 and 0102), but values of up to {2} bits, and no overlay explains these: the picture would be cut.</source>
      <translation>BitsStored {0}, HighBit {1}(0028,0101과 0102)인데 값이 {2}비트까지 있고 이를 설명할 오버레이가 없습니다. 그대로면 영상이 잘립니다.</translation>
    </message>
    <message>
      <source>The pixels have SamplesPerPixel {0} (0028,0002) and PhotometricInterpretation {1} (0028,0004), which can't be read as grey.</source>
      <translation>SamplesPerPixel {0}(0028,0002)과 PhotometricInterpretation {1}(0028,0004)로는 회색 영상으로 읽을 수 없습니다.</translation>
    </message>
    <message>
      <source>The process of the heatmap library ended; it begins again with the next try.</source>
      <translation>히트맵 라이브러리의 프로세스가 끝났습니다. 다시 시도하면 새로 시작합니다.</translation>
    </message>
    <message>
      <source>The program can't start a process to read images with: {0}.</source>
      <translation>영상을 읽을 프로세스를 시작할 수 없습니다: {0}.</translation>
    </message>
    <message>
      <source>The program ends.</source>
      <translation>프로그램을 끝냅니다.</translation>
    </message>
    <message>
      <source>The program failed on this image ({0}).</source>
      <translation>이 영상에서 프로그램이 실패했습니다({0}).</translation>
    </message>
    <message>
      <source>The program met an error of its own and dropped this step. It can go on.</source>
      <translation>프로그램 자체의 오류로 이 단계를 그만두었습니다. 계속 쓸 수 있습니다.</translation>
    </message>
    <message>
      <source>The program's weights, for radiographs and for VFA images</source>
      <translation>프로그램의 가중치, 방사선영상과 VFA 영상용</translation>
    </message>
    <message>
      <source>The published method, and the default.</source>
      <translation>발표된 방법이며 기본값입니다.</translation>
    </message>
    <message>
      <source>The reader stopped it.</source>
      <translation>판독자가 중지했습니다.</translation>
    </message>
    <message>
      <source>The report's page as a PDF</source>
      <translation>보고서 한 쪽을 PDF로</translation>
    </message>
    <message>
      <source>The report's page is made by the command verte alone; --sr and --sc need no page.</source>
      <translation>보고서 쪽은 verte 명령만 만듭니다. --sr과 --sc에는 필요 없습니다.</translation>
    </message>
    <message>
      <source>The result {0} can't be written: {1}.</source>
      <translation>결과 {0}을(를) 쓸 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The results {0} can't be read: {1}.</source>
      <translation>결과 {0}을(를) 읽을 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The results {0} have no heatmaps; score the folder with heatmaps, or inspect it.</source>
      <translation>결과 {0}에 히트맵이 없습니다. 히트맵과 함께 점수를 계산하거나 폴더를 검토하세요.</translation>
    </message>
    <message>
      <source>The review can't be written to {0}: {1}.</source>
      <translation>판정을 {0}에 쓸 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The reviews {0} can't be read: {1}.</source>
      <translation>판정 {0}을(를) 읽을 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The rows before are in {0}.</source>
      <translation>앞의 줄은 {0}에 있습니다.</translation>
    </message>
    <message>
      <source>The rows of {0} images are not in the folder of {1}; when several machines score, they have to share it. Start again.</source>
      <translation>영상 {0}개의 줄이 {1} 폴더에 없습니다. 여러 컴퓨터가 계산할 때는 폴더를 공유해야 합니다. 다시 시작하세요.</translation>
    </message>
    <message>
      <source>The same as Grad-CAM where, as here, the gradient is the same in every cell.</source>
      <translation>기울기가 모든 칸에서 같으므로 Grad-CAM과 같습니다.</translation>
    </message>
    <message>
      <source>The same weights are given twice ({0}).</source>
      <translation>같은 가중치를 두 번 지정했습니다({0}).</translation>
    </message>
    <message>
      <source>The scores are about to come.</source>
      <translation>점수가 곧 나옵니다.</translation>
    </message>
    <message>
      <source>The scores are on the clipboard.</source>
      <translation>점수를 클립보드에 넣었습니다.</translation>
    </message>
    <message>
      <source>The scores on the screen are not those of the row: other values, weights or choices made them. A verdict here is on the row's scores, as they stand beside the buttons.</source>
      <translation>화면의 점수는 이 줄의 점수가 아닙니다. 다른 값, 가중치 또는 선택으로 계산되었습니다. 여기의 판정은 단추 옆에 적힌 줄의 점수에 대한 것입니다.</translation>
    </message>
    <message>
      <source>The screen shows the first VOI LUT of the file; its other LUTs and windows are left out.</source>
      <translation>화면은 파일의 첫 VOI LUT로 보입니다. 나머지 LUT와 윈도는 뺐습니다.</translation>
    </message>
    <message>
      <source>The sex that was given is {0}, but the header says {1}; the one given is used.</source>
      <translation>주어진 성별은 {0}인데 헤더에는 {1}입니다. 주어진 값을 씁니다.</translation>
    </message>
    <message>
      <source>The size of a pixel is not known, so lengths are in pixels; ratios and grades do not need it.</source>
      <translation>화소 크기를 몰라 길이는 화소 단위입니다. 비율과 등급에는 필요 없습니다.</translation>
    </message>
    <message>
      <source>The table {0} can't be read: its name is not valid.</source>
      <translation>표 {0}을(를) 읽을 수 없습니다: 이름이 올바르지 않습니다.</translation>
    </message>
    <message>
      <source>The table {0} can't be read: line {1}: {2}.</source>
      <translation>표 {0}을(를) 읽을 수 없습니다: {1}번째 줄: {2}.</translation>
    </message>
    <message>
      <source>The table {0} can't be read: {1}.</source>
      <translation>표 {0}을(를) 읽을 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The table {0} has no column path; name the folder of its images, too.</source>
      <translation>표 {0}에 path 열이 없습니다. 영상 폴더도 지정하세요.</translation>
    </message>
    <message>
      <source>The table {0} has the column {1} twice: {2}.</source>
      <translation>표 {0}에 열 {1}이(가) 두 번 있습니다: {2}.</translation>
    </message>
    <message>
      <source>The table {0} holds zero bytes, so it is no text; save it again as CSV in UTF-8.</source>
      <translation>표 {0}에 0바이트가 있어 글이 아닙니다. UTF-8 CSV로 다시 저장하세요.</translation>
    </message>
    <message>
      <source>The table {0} is a device or a pipe, not a file.</source>
      <translation>표 {0}은(는) 파일이 아니라 장치나 파이프입니다.</translation>
    </message>
    <message>
      <source>The table {0} is a folder.</source>
      <translation>표 {0}은(는) 폴더입니다.</translation>
    </message>
    <message>
      <source>The table {0} is an Excel workbook of the old kind (.xls), or one with a password; save it in Excel as .xlsx without a password, or as CSV UTF-8.</source>
      <translation>표 {0}은(는) 옛 Excel 통합 문서(.xls)이거나 비밀번호가 있습니다. 비밀번호 없는 .xlsx나 UTF-8 CSV로 저장하세요.</translation>
    </message>
    <message>
      <source>The table {0} is larger than {1} MiB, the limit; split it.</source>
      <translation>표 {0}이(가) 한도인 {1} MiB보다 큽니다. 나누세요.</translation>
    </message>
    <message>
      <source>The table {0} is no Excel workbook (.xlsx) that can be read; save it again, or as CSV UTF-8.</source>
      <translation>표 {0}은(는) 읽을 수 있는 Excel 통합 문서(.xlsx)가 아닙니다. 다시 저장하거나 UTF-8 CSV로 저장하세요.</translation>
    </message>
    <message>
      <source>The table {0} is not in UTF-8 and was read as Korean text ({1}).</source>
      <translation>표 {0}이(가) UTF-8이 아니어서 한국어 문서({1})로 읽었습니다.</translation>
    </message>
    <message>
      <source>The table {0} is not in UTF-8; save it again as CSV in UTF-8. It is no Korean text ({1}) either.</source>
      <translation>표 {0}이(가) UTF-8이 아니고 한국어 문서({1})도 아닙니다. UTF-8 CSV로 다시 저장하세요.</translation>
    </message>
    <message>
      <source>The table {0} is not whole: its UTF-16 text is cut.</source>
      <translation>표 {0}이(가) 온전하지 않습니다: UTF-16 글이 잘렸습니다.</translation>
    </message>
    <message>
      <source>The table {0} needs a column {1}, and some of {2}, parted by commas; it has {3}.</source>
      <translation>표 {0}에는 쉼표로 나뉜 열 {1}과 {2} 중 몇 개가 필요한데 {3}이(가) 있습니다.</translation>
    </message>
    <message>
      <source>The weights do not fit their own architecture: {0} tensors are missing ({1}) and {2} are too many ({3}).</source>
      <translation>가중치가 자신의 구조와 맞지 않습니다: 텐서 {0}개가 없고({1}) {2}개가 남습니다({3}).</translation>
    </message>
    <message>
      <source>The weights file {0} can't be read: No such file or directory.</source>
      <translation>가중치 파일 {0}을(를) 읽을 수 없습니다: 그런 파일이 없습니다.</translation>
    </message>
    <message>
      <source>The weights file {0} can't be read: it is a folder or a device.</source>
      <translation>가중치 파일 {0}을(를) 읽을 수 없습니다: 폴더나 장치입니다.</translation>
    </message>
    <message>
      <source>The weights file {0} can't be read: {1}.</source>
      <translation>가중치 파일 {0}을(를) 읽을 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The weights file {0} can't be written: {1}.</source>
      <translation>가중치 파일 {0}을(를) 쓸 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>The weights file {0} is larger than {1} MiB, the limit.</source>
      <translation>가중치 파일 {0}이(가) 한도인 {1} MiB보다 큽니다.</translation>
    </message>
    <message>
      <source>The weights of the program</source>
      <translation>프로그램의 가중치</translation>
    </message>
    <message>
      <source>The weights {0} and {1} were trained with different preprocessing; they can't score the same image together.</source>
      <translation>가중치 {0}와(과) {1}은(는) 전처리가 달라 같은 영상을 함께 점수 매길 수 없습니다.</translation>
    </message>
    <message>
      <source>The weights {0} are for {1} and {2} for {3}; they can't score the same image.</source>
      <translation>가중치 {0}은(는) {1}용이고 {2}은(는) {3}용이라 같은 영상을 점수 매길 수 없습니다.</translation>
    </message>
    <message>
      <source>The weights {0} can't be saved: the tensor {1} holds {2}. The training may have diverged; nothing was written.</source>
      <translation>가중치 {0}을(를) 저장할 수 없습니다: 텐서 {1}에 {2}이(가) 있습니다. 학습이 발산했을 수 있으며 아무것도 쓰지 않았습니다.</translation>
    </message>
    <message>
      <source>The weights {0} can't be used. {1}</source>
      <translation>가중치 {0}을(를) 쓸 수 없습니다. {1}</translation>
    </message>
    <message>
      <source>The weights {0} carry no graph of their encoder, so only PyTorch can compute them, which has no device {1} here; add --device cpu.</source>
      <translation>가중치 {0}에 인코더 그래프가 없어 PyTorch만 계산할 수 있는데 여기에 장치 {1}이(가) 없습니다. --device cpu를 붙이세요.</translation>
    </message>
    <message>
      <source>The weights {0} give no finite number for this image, so it has no score; they may be damaged, or their training may have diverged.</source>
      <translation>가중치 {0}이(가) 이 영상에 유한한 수를 내지 않아 점수가 없습니다. 손상되었거나 학습이 발산했을 수 있습니다.</translation>
    </message>
    <message>
      <source>The weights {0} give no score: their outputs ({1}) are none of {2}.</source>
      <translation>가중치 {0}은(는) 점수를 내지 않습니다: 출력({1}) 중 {2}이(가) 없습니다.</translation>
    </message>
    <message>
      <source>The weights' tensors and graph are not those of their architecture, {0}.</source>
      <translation>가중치의 텐서와 그래프가 그 구조 {0}의 것이 아닙니다.</translation>
    </message>
    <message>
      <source>The workbook {0} has more than {1} cells, the limit.</source>
      <translation>통합 문서 {0}의 칸이 한도인 {1}개보다 많습니다.</translation>
    </message>
    <message>
      <source>The workbook {0} is too large; save the table alone, as CSV in UTF-8.</source>
      <translation>통합 문서 {0}이(가) 너무 큽니다. 표만 UTF-8 CSV로 저장하세요.</translation>
    </message>
    <message>
      <source>Their rows are in {0}.</source>
      <translation>그 줄들은 {0}에 있습니다.</translation>
    </message>
    <message>
      <source>There are no rows of {0} in the journal {1} beside it; results are read from there. Score the images again.</source>
      <translation>옆의 기록 {1}에 {0}의 줄이 없습니다. 결과는 거기서 읽습니다. 점수를 다시 계산하세요.</translation>
    </message>
    <message>
      <source>There are no scores of what is shown.</source>
      <translation>보이는 영상의 점수가 없습니다.</translation>
    </message>
    <message>
      <source>There is no further row that is shown.</source>
      <translation>더 보일 줄이 없습니다.</translation>
    </message>
    <message>
      <source>There is no image file in what was opened.</source>
      <translation>연 것 중에 영상 파일이 없습니다.</translation>
    </message>
    <message>
      <source>There is no image in these folders.</source>
      <translation>이 폴더들에 영상이 없습니다.</translation>
    </message>
    <message>
      <source>There is no node yet: Nodes… adds the archive of your hospital.</source>
      <translation>아직 노드가 없습니다. ‘노드…’에서 병원의 보관소를 추가하세요.</translation>
    </message>
    <message>
      <source>There is no node {0} in the file of nodes; known: {1}.</source>
      <translation>노드 파일에 {0} 노드가 없습니다. 있는 것: {1}.</translation>
    </message>
    <message>
      <source>There is no permission to read the file.</source>
      <translation>파일을 읽을 권한이 없습니다.</translation>
    </message>
    <message>
      <source>There is not enough memory for the heatmap.</source>
      <translation>히트맵을 만들 메모리가 모자랍니다.</translation>
    </message>
    <message>
      <source>There is not enough memory for {0}.</source>
      <translation>{0}에 필요한 메모리가 모자랍니다.</translation>
    </message>
    <message>
      <source>There is not enough memory to open the image.</source>
      <translation>영상을 열 메모리가 모자랍니다.</translation>
    </message>
    <message>
      <source>There may be more than these {0}.</source>
      <translation>이 {0}건보다 많을 수 있습니다.</translation>
    </message>
    <message>
      <source>These tensors have an unexpected shape or type: {0}.</source>
      <translation>다음 텐서의 모양이나 형식이 예상과 다릅니다: {0}.</translation>
    </message>
    <message>
      <source>These tensors have an unexpected shape: {0}.</source>
      <translation>다음 텐서의 모양이 예상과 다릅니다: {0}.</translation>
    </message>
    <message>
      <source>These tensors have an unexpected type of number: {0}.</source>
      <translation>다음 텐서의 수 형식이 예상과 다릅니다: {0}.</translation>
    </message>
    <message>
      <source>These weights were trained {0}on simulated images. The scores show how the program works; they say nothing about a patient.</source>
      <translation>이 가중치는 {0}모의 영상으로 학습했습니다. 점수는 프로그램의 동작을 보여 줄 뿐 환자에 대해 아무것도 말해 주지 않습니다.</translation>
    </message>
    <message>
      <source>They were written by an earlier release and carry no graph of their encoder, so they need PyTorch, which is not installed here: pip install verte-desktop[torch]. Where that is installed, python -m train upgrade writes the same weights with a graph.</source>
      <translation>이전 판이 쓴 것이라 인코더 그래프가 없어 PyTorch가 필요한데 설치되어 있지 않습니다: pip install verte-desktop[torch]. 설치된 곳에서는 python -m train upgrade가 그래프를 넣어 다시 씁니다.</translation>
    </message>
    <message>
      <source>This is a device or a pipe, not an image file.</source>
      <translation>영상 파일이 아니라 장치나 파이프입니다.</translation>
    </message>
    <message>
      <source>This is a folder, not an image file.</source>
      <translation>영상 파일이 아니라 폴더입니다.</translation>
    </message>
    <message>
      <source>This is {0}, but the weights {1} are for {2}.</source>
      <translation>{0}인데 가중치 {1}은(는) {2}용입니다.</translation>
    </message>
    <message>
      <source>This kind of TIFF is not read; save the picture as grey of 8 or 16 bits.</source>
      <translation>이 종류의 TIFF는 읽지 않습니다. 8비트나 16비트 회색으로 저장하세요.</translation>
    </message>
    <message>
      <source>This person, the mean of {0} of this study: {1}.</source>
      <translation>이 사람, 이 검사의 {0} 평균: {1}.</translation>
    </message>
    <message>
      <source>This picture is unlike those that the weights learned from. Its scores and heatmap may mean nothing.</source>
      <translation>이 영상은 가중치가 학습한 영상과 닮지 않았습니다. 점수와 히트맵에 의미가 없을 수 있습니다.</translation>
    </message>
    <message>
      <source>This program</source>
      <translation>이 프로그램</translation>
    </message>
    <message>
      <source>This result</source>
      <translation>이 결과</translation>
    </message>
    <message>
      <source>This study has no radiograph and no DXA image.</source>
      <translation>이 검사에는 방사선영상도 DXA 영상도 없습니다.</translation>
    </message>
    <message>
      <source>Thresholds</source>
      <translation>임계값</translation>
    </message>
    <message>
      <source>Token from the variable</source>
      <translation>토큰 변수</translation>
    </message>
    <message>
      <source>Trained on</source>
      <translation>학습 자료</translation>
    </message>
    <message>
      <source>Trained {0}on simulated images.</source>
      <translation>{0} 모의 영상으로 학습함.</translation>
    </message>
    <message>
      <source>Training data</source>
      <translation>학습 자료</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>실행 취소</translation>
    </message>
    <message>
      <source>Unknown key in {0}: {1}.</source>
      <translation>{0}의 알 수 없는 키: {1}.</translation>
    </message>
    <message>
      <source>Unlike</source>
      <translation>닮지 않음</translation>
    </message>
    <message>
      <source>User</source>
      <translation>사용자</translation>
    </message>
    <message>
      <source>Validation AUROC</source>
      <translation>검증 AUROC</translation>
    </message>
    <message>
      <source>Value</source>
      <translation>값</translation>
    </message>
    <message>
      <source>Viridis (even to the eye)</source>
      <translation>Viridis (눈에 고른 색)</translation>
    </message>
    <message>
      <source>Weight</source>
      <translation>체중</translation>
    </message>
    <message>
      <source>Weights</source>
      <translation>가중치</translation>
    </message>
    <message>
      <source>Weights at the start (without any, the program's own)</source>
      <translation>시작할 때의 가중치 (없으면 프로그램의 것)</translation>
    </message>
    <message>
      <source>Weights {0}, id {1}, {2}{3}</source>
      <translation>가중치 {0}, 번호 {1}, {2}{3}</translation>
    </message>
    <message>
      <source>Weights {0}; VERTE Desktop {1}.</source>
      <translation>가중치 {0}. VERTE Desktop {1}.</translation>
    </message>
    <message>
      <source>What its header says</source>
      <translation>헤더에 적힌 대로</translation>
    </message>
    <message>
      <source>What moved the score; not a localisation.</source>
      <translation>점수를 움직인 것이며, 위치 표시가 아닙니다.</translation>
    </message>
    <message>
      <source>What the model sees</source>
      <translation>모델이 보는 영상</translation>
    </message>
    <message>
      <source>Wheel</source>
      <translation>휠</translation>
    </message>
    <message>
      <source>Wider (less contrast)</source>
      <translation>넓게 (대비 작게)</translation>
    </message>
    <message>
      <source>Window width (across) and level (up and down)</source>
      <translation>윈도 폭(가로)과 중심(세로)</translation>
    </message>
    <message>
      <source>Window width and level</source>
      <translation>윈도 폭과 중심</translation>
    </message>
    <message>
      <source>Window {0}</source>
      <translation>윈도 {0}</translation>
    </message>
    <message>
      <source>Window {0} of the file</source>
      <translation>파일의 윈도 {0}</translation>
    </message>
    <message>
      <source>Without a heatmap: {0}. {1} Start scores these again.</source>
      <translation>히트맵 없음: {0}. {1} 시작을 누르면 다시 계산합니다.</translation>
    </message>
    <message>
      <source>Without the patient's data</source>
      <translation>환자 정보 제외</translation>
    </message>
    <message>
      <source>Worklist</source>
      <translation>작업 목록</translation>
    </message>
    <message>
      <source>Writing the file</source>
      <translation>파일을 쓰는 중</translation>
    </message>
    <message>
      <source>Writing the results</source>
      <translation>결과를 쓰는 중</translation>
    </message>
    <message>
      <source>Zoom</source>
      <translation>확대</translation>
    </message>
    <message>
      <source>Zoom at the pointer</source>
      <translation>포인터 위치에서 확대</translation>
    </message>
    <message>
      <source>Zoom in</source>
      <translation>확대</translation>
    </message>
    <message>
      <source>Zoom out</source>
      <translation>축소</translation>
    </message>
    <message>
      <source>[{0}: said of the whole row, with weights {1}]</source>
      <translation>[{0}: 줄 전체에 대한 판정, 가중치 {1}]</translation>
    </message>
    <message>
      <source>a DXA VFA image</source>
      <translation>DXA VFA 영상</translation>
    </message>
    <message>
      <source>a device or a pipe</source>
      <translation>장치나 파이프</translation>
    </message>
    <message>
      <source>a finite number</source>
      <translation>유한한 수</translation>
    </message>
    <message>
      <source>a multiple of</source>
      <translation>배수</translation>
    </message>
    <message>
      <source>a spine radiograph</source>
      <translation>척추 방사선영상</translation>
    </message>
    <message>
      <source>a table of keys and values</source>
      <translation>키와 값의 표</translation>
    </message>
    <message>
      <source>a token and a password exclude each other</source>
      <translation>토큰과 비밀번호는 함께 쓸 수 없습니다</translation>
    </message>
    <message>
      <source>a value can't be used</source>
      <translation>쓸 수 없는 값이 있음</translation>
    </message>
    <message>
      <source>a whole number</source>
      <translation>정수</translation>
    </message>
    <message>
      <source>age</source>
      <translation>나이</translation>
    </message>
    <message>
      <source>age {0} years, sex {1}, {2}</source>
      <translation>나이 {0}세, 성별 {1}, {2}</translation>
    </message>
    <message>
      <source>an environment variable</source>
      <translation>환경 변수</translation>
    </message>
    <message>
      <source>an image of the thoracic or lumbar spine</source>
      <translation>흉추 또는 요추 영상</translation>
    </message>
    <message>
      <source>an object without SOP class</source>
      <translation>SOP 클래스가 없는 객체</translation>
    </message>
    <message>
      <source>an unknown place</source>
      <translation>알 수 없는 곳</translation>
    </message>
    <message>
      <source>architecture.tasks names a task twice: {0}.</source>
      <translation>architecture.tasks에 과제가 두 번 있습니다: {0}.</translation>
    </message>
    <message>
      <source>as measured by the reader</source>
      <translation>판독자 계측</translation>
    </message>
    <message>
      <source>at least</source>
      <translation>최소</translation>
    </message>
    <message>
      <source>at most</source>
      <translation>최대</translation>
    </message>
    <message>
      <source>biconcave</source>
      <translation>양오목형</translation>
    </message>
    <message>
      <source>bits beyond those stored</source>
      <translation>저장 비트 밖의 비트</translation>
    </message>
    <message>
      <source>body part</source>
      <translation>부위</translation>
    </message>
    <message>
      <source>by TLS</source>
      <translation>TLS로</translation>
    </message>
    <message>
      <source>by hand</source>
      <translation>직접</translation>
    </message>
    <message>
      <source>can't be read</source>
      <translation>읽을 수 없음</translation>
    </message>
    <message>
      <source>certificate and key go together</source>
      <translation>인증서와 열쇠는 함께 있어야 합니다</translation>
    </message>
    <message>
      <source>clinical values</source>
      <translation>임상 값</translation>
    </message>
    <message>
      <source>column age, or PatientAge, or PatientBirthDate with StudyDate</source>
      <translation>age 열, 또는 PatientAge, 또는 PatientBirthDate와 StudyDate</translation>
    </message>
    <message>
      <source>column sex, or PatientSex F or M</source>
      <translation>sex 열, 또는 PatientSex F나 M</translation>
    </message>
    <message>
      <source>computed</source>
      <translation>계산함</translation>
    </message>
    <message>
      <source>computed from height and weight</source>
      <translation>키와 체중으로 계산</translation>
    </message>
    <message>
      <source>confirmed</source>
      <translation>확인됨</translation>
    </message>
    <message>
      <source>crush</source>
      <translation>압궤형</translation>
    </message>
    <message>
      <source>damaged</source>
      <translation>손상됨</translation>
    </message>
    <message>
      <source>decoder ended</source>
      <translation>해독기 멈춤</translation>
    </message>
    <message>
      <source>decoder is missing</source>
      <translation>해독기 없음</translation>
    </message>
    <message>
      <source>depends on BMI</source>
      <translation>BMI에 따라 다름</translation>
    </message>
    <message>
      <source>empty file</source>
      <translation>빈 파일</translation>
    </message>
    <message>
      <source>fault of the program</source>
      <translation>프로그램 오류</translation>
    </message>
    <message>
      <source>female</source>
      <translation>여성</translation>
    </message>
    <message>
      <source>flipped left to right</source>
      <translation>좌우 뒤집음</translation>
    </message>
    <message>
      <source>from file</source>
      <translation>파일에서</translation>
    </message>
    <message>
      <source>from table</source>
      <translation>표에서</translation>
    </message>
    <message>
      <source>grey levels not known</source>
      <translation>밝기를 알 수 없음</translation>
    </message>
    <message>
      <source>has a malformed</source>
      <translation>잘못된</translation>
    </message>
    <message>
      <source>has no</source>
      <translation>없는</translation>
    </message>
    <message>
      <source>height</source>
      <translation>키</translation>
    </message>
    <message>
      <source>height in cm</source>
      <translation>cm 단위 키</translation>
    </message>
    <message>
      <source>high</source>
      <translation>높음</translation>
    </message>
    <message>
      <source>high as wide</source>
      <translation>더 높아</translation>
    </message>
    <message>
      <source>image only</source>
      <translation>영상만</translation>
    </message>
    <message>
      <source>image orientation {0} (ImageOrientationPatient)</source>
      <translation>영상 방향 {0}(ImageOrientationPatient)</translation>
    </message>
    <message>
      <source>in colour</source>
      <translation>컬러</translation>
    </message>
    <message>
      <source>in its graph, {0}</source>
      <translation>그래프의 {0}</translation>
    </message>
    <message>
      <source>in part</source>
      <translation>일부</translation>
    </message>
    <message>
      <source>indeterminate</source>
      <translation>중간</translation>
    </message>
    <message>
      <source>it did not understand</source>
      <translation>이해하지 못함</translation>
    </message>
    <message>
      <source>it does not allow that</source>
      <translation>허용하지 않음</translation>
    </message>
    <message>
      <source>it does not know our AE title {0}</source>
      <translation>우리 AE 이름 {0}을(를) 모름</translation>
    </message>
    <message>
      <source>it ended with status {0}</source>
      <translation>상태 {0}(으)로 끝남</translation>
    </message>
    <message>
      <source>it gave an error</source>
      <translation>오류를 냄</translation>
    </message>
    <message>
      <source>it has no space left</source>
      <translation>남은 공간이 없음</translation>
    </message>
    <message>
      <source>it has schema version {0}; this program reads versions {1}. Use the release that made the file, or train again.</source>
      <translation>형식 판이 {0}인데 이 프로그램은 {1}을(를) 읽습니다. 파일을 만든 판을 쓰거나 다시 학습하세요.</translation>
    </message>
    <message>
      <source>it has {0} characters; the limit is {1}.</source>
      <translation>글자가 {0}개인데 한도는 {1}입니다.</translation>
    </message>
    <message>
      <source>it holds characters that can't be shown in a line</source>
      <translation>한 줄에 보일 수 없는 글자가 있음</translation>
    </message>
    <message>
      <source>it holds control characters</source>
      <translation>제어 문자가 있음</translation>
    </message>
    <message>
      <source>it is busy, or does not allow us</source>
      <translation>바쁘거나 우리를 허용하지 않음</translation>
    </message>
    <message>
      <source>it is damaged, no JSON as VERTE writes it.</source>
      <translation>손상되어 VERTE가 쓴 JSON이 아닙니다.</translation>
    </message>
    <message>
      <source>it is damaged, without a schema version.</source>
      <translation>손상되어 형식 판이 없습니다.</translation>
    </message>
    <message>
      <source>it is not called {0}</source>
      <translation>이름이 {0}이(가) 아님</translation>
    </message>
    <message>
      <source>it was not ready after {0} seconds</source>
      <translation>{0}초 뒤에도 준비되지 않음</translation>
    </message>
    <message>
      <source>it was trained with another preprocessing ({0}) than this program's; its scores would be wrong, so it is not used.</source>
      <translation>이 프로그램과 다른 전처리({0})로 학습되어 점수가 틀리므로 쓰지 않습니다.</translation>
    </message>
    <message>
      <source>its images are being looked for</source>
      <translation>영상을 찾는 중입니다</translation>
    </message>
    <message>
      <source>its name is not valid</source>
      <translation>이름이 올바르지 않음</translation>
    </message>
    <message>
      <source>its resolution</source>
      <translation>해상도</translation>
    </message>
    <message>
      <source>low</source>
      <translation>낮음</translation>
    </message>
    <message>
      <source>lower left</source>
      <translation>왼쪽 아래</translation>
    </message>
    <message>
      <source>lower right</source>
      <translation>오른쪽 아래</translation>
    </message>
    <message>
      <source>male</source>
      <translation>남성</translation>
    </message>
    <message>
      <source>mirrored from top to bottom</source>
      <translation>위아래로 뒤집어</translation>
    </message>
    <message>
      <source>model's view</source>
      <translation>모델이 보는 영상</translation>
    </message>
    <message>
      <source>model's view: equalised, cropped, fitted</source>
      <translation>모델이 보는 영상: 평활화, 자르기, 맞춤</translation>
    </message>
    <message>
      <source>more than {0}</source>
      <translation>{0} 초과</translation>
    </message>
    <message>
      <source>needs {0}</source>
      <translation>{0} 필요</translation>
    </message>
    <message>
      <source>neither a radiograph nor a DXA image</source>
      <translation>방사선영상도 DXA 영상도 아님</translation>
    </message>
    <message>
      <source>no DICOM file</source>
      <translation>DICOM 파일 아님</translation>
    </message>
    <message>
      <source>no columns</source>
      <translation>열 없음</translation>
    </message>
    <message>
      <source>no pixel data</source>
      <translation>화소 자료 없음</translation>
    </message>
    <message>
      <source>no process to read with</source>
      <translation>읽을 프로세스 없음</translation>
    </message>
    <message>
      <source>no range of values from {0} to {1}</source>
      <translation>{0}에서 {1}까지의 값 범위 없음</translation>
    </message>
    <message>
      <source>no valid UIDs</source>
      <translation>올바른 UID 없음</translation>
    </message>
    <message>
      <source>none</source>
      <translation>없음</translation>
    </message>
    <message>
      <source>not a spine image</source>
      <translation>척추 영상 아님</translation>
    </message>
    <message>
      <source>not an image</source>
      <translation>영상 아님</translation>
    </message>
    <message>
      <source>not enough memory</source>
      <translation>메모리 부족</translation>
    </message>
    <message>
      <source>not given</source>
      <translation>없음</translation>
    </message>
    <message>
      <source>not opened yet</source>
      <translation>아직 열지 않음</translation>
    </message>
    <message>
      <source>not scored yet</source>
      <translation>아직 점수 없음</translation>
    </message>
    <message>
      <source>not shown</source>
      <translation>보이지 않음</translation>
    </message>
    <message>
      <source>not supported</source>
      <translation>지원하지 않음</translation>
    </message>
    <message>
      <source>not taken</source>
      <translation>받지 않음</translation>
    </message>
    <message>
      <source>not used by these weights</source>
      <translation>이 가중치는 쓰지 않음</translation>
    </message>
    <message>
      <source>of former scores</source>
      <translation>이전 점수에 대한</translation>
    </message>
    <message>
      <source>of the archive</source>
      <translation>보관소의</translation>
    </message>
    <message>
      <source>osteoporosis</source>
      <translation>골다공증</translation>
    </message>
    <message>
      <source>other</source>
      <translation>기타</translation>
    </message>
    <message>
      <source>over {0}</source>
      <translation>{0} 초과</translation>
    </message>
    <message>
      <source>patient orientation {0} (PatientOrientation)</source>
      <translation>환자 방향 {0}(PatientOrientation)</translation>
    </message>
    <message>
      <source>please check that the view is lateral</source>
      <translation>측면 영상인지 확인하세요</translation>
    </message>
    <message>
      <source>prevalent vertebral fracture</source>
      <translation>현존 척추 골절</translation>
    </message>
    <message>
      <source>refused</source>
      <translation>거부됨</translation>
    </message>
    <message>
      <source>refuted</source>
      <translation>반박됨</translation>
    </message>
    <message>
      <source>rotated {0}° right</source>
      <translation>오른쪽으로 {0}° 돌림</translation>
    </message>
    <message>
      <source>row {0} of {1}</source>
      <translation>{1}줄 중 {0}번째</translation>
    </message>
    <message>
      <source>rows {0} to {1} and columns {2} to {3}</source>
      <translation>{0}–{1}행, {2}–{3}열</translation>
    </message>
    <message>
      <source>scored</source>
      <translation>점수 있음</translation>
    </message>
    <message>
      <source>several images fit one row</source>
      <translation>여러 영상이 한 줄에 맞음</translation>
    </message>
    <message>
      <source>several rows fit the image</source>
      <translation>여러 줄이 영상에 맞음</translation>
    </message>
    <message>
      <source>sex</source>
      <translation>성별</translation>
    </message>
    <message>
      <source>sex is neither F nor M</source>
      <translation>성별이 F도 M도 아님</translation>
    </message>
    <message>
      <source>takes too long</source>
      <translation>너무 오래 걸림</translation>
    </message>
    <message>
      <source>the air around the body</source>
      <translation>몸 주위의 공기</translation>
    </message>
    <message>
      <source>the code stream ends within its header</source>
      <translation>코드 스트림이 헤더 안에서 끝남</translation>
    </message>
    <message>
      <source>the code stream is in version {0} of JFIF, and there is only 1</source>
      <translation>코드 스트림의 JFIF 판이 {0}인데 1만 있음</translation>
    </message>
    <message>
      <source>the code stream is not in order</source>
      <translation>코드 스트림의 순서가 맞지 않음</translation>
    </message>
    <message>
      <source>the colours of the code stream are not defined</source>
      <translation>코드 스트림의 색이 정의되지 않음</translation>
    </message>
    <message>
      <source>the description</source>
      <translation>설명</translation>
    </message>
    <message>
      <source>the file of nodes</source>
      <translation>노드 파일</translation>
    </message>
    <message>
      <source>the image</source>
      <translation>영상</translation>
    </message>
    <message>
      <source>the key {0} is there twice.</source>
      <translation>키 {0}이(가) 두 번 있습니다.</translation>
    </message>
    <message>
      <source>the object is too large for it</source>
      <translation>객체가 너무 큼</translation>
    </message>
    <message>
      <source>the padding around the image</source>
      <translation>영상 둘레의 여백</translation>
    </message>
    <message>
      <source>the unknown transfer syntax {0}</source>
      <translation>알 수 없는 전송 구문 {0}</translation>
    </message>
    <message>
      <source>the weights</source>
      <translation>가중치</translation>
    </message>
    <message>
      <source>the weights {0}</source>
      <translation>가중치 {0}</translation>
    </message>
    <message>
      <source>there is no such thing</source>
      <translation>그런 것이 없음</translation>
    </message>
    <message>
      <source>this image</source>
      <translation>이 영상</translation>
    </message>
    <message>
      <source>those that the table names</source>
      <translation>표에 적힌 것</translation>
    </message>
    <message>
      <source>true or false</source>
      <translation>참 또는 거짓</translation>
    </message>
    <message>
      <source>turned by 180 degrees</source>
      <translation>180도 돌려</translation>
    </message>
    <message>
      <source>turned by 90 degrees against the clock</source>
      <translation>반시계 방향으로 90도 돌려</translation>
    </message>
    <message>
      <source>turned by 90 degrees clockwise</source>
      <translation>시계 방향으로 90도 돌려</translation>
    </message>
    <message>
      <source>unknown BMI</source>
      <translation>BMI 모름</translation>
    </message>
    <message>
      <source>unknown; scored over {0} to {1} kg/m²</source>
      <translation>모름. {0}–{1} kg/m² 범위에서 계산</translation>
    </message>
    <message>
      <source>unlike</source>
      <translation>닮지 않음</translation>
    </message>
    <message>
      <source>upper left</source>
      <translation>왼쪽 위</translation>
    </message>
    <message>
      <source>upper right</source>
      <translation>오른쪽 위</translation>
    </message>
    <message>
      <source>upside down</source>
      <translation>거꾸로</translation>
    </message>
    <message>
      <source>values that are not finite</source>
      <translation>유한하지 않은 값</translation>
    </message>
    <message>
      <source>values up to {0}, and half precision ends at 65,504</source>
      <translation>최대 {0}의 값인데 반정밀도는 65,504까지입니다</translation>
    </message>
    <message>
      <source>view position</source>
      <translation>촬영 방향</translation>
    </message>
    <message>
      <source>wedge</source>
      <translation>쐐기형</translation>
    </message>
    <message>
      <source>weight</source>
      <translation>체중</translation>
    </message>
    <message>
      <source>weight in kg</source>
      <translation>kg 단위 체중</translation>
    </message>
    <message>
      <source>wide as high</source>
      <translation>더 넓어</translation>
    </message>
    <message>
      <source>with age, sex and BMI</source>
      <translation>나이, 성별, BMI 사용</translation>
    </message>
    <message>
      <source>years</source>
      <translation>세</translation>
    </message>
    <message>
      <source>zone depends on the BMI</source>
      <translation>구간이 BMI에 따라 다름</translation>
    </message>
    <message>
      <source>{0}  (header overruled)</source>
      <translation>{0}  (헤더와 다르게 읽음)</translation>
    </message>
    <message>
      <source>{0} ({1}) is malformed, so the grey levels are not known.</source>
      <translation>{0}({1})이(가) 잘못되어 밝기를 알 수 없습니다.</translation>
    </message>
    <message>
      <source>{0} ({1}), trained on {2} images</source>
      <translation>{0} ({1}), {2} 영상으로 학습함</translation>
    </message>
    <message>
      <source>{0} The grey levels depend on it.</source>
      <translation>{0} 밝기가 이것에 달려 있습니다.</translation>
    </message>
    <message>
      <source>{0} The screen shows the image without it.</source>
      <translation>{0} 화면에는 이것 없이 보입니다.</translation>
    </message>
    <message>
      <source>{0} What happened stands in {1}.</source>
      <translation>{0} 자세한 내용은 {1}에 있습니다.</translation>
    </message>
    <message>
      <source>{0} and {1}</source>
      <translation>{0} 및 {1}</translation>
    </message>
    <message>
      <source>{0} and {1} are missing</source>
      <translation>{0} 및 {1} 없음</translation>
    </message>
    <message>
      <source>{0} answered with HTTP status {1}: {2}.</source>
      <translation>{0}의 HTTP 응답 상태 {1}: {2}.</translation>
    </message>
    <message>
      <source>{0} answered {1} with status {2}{3}.</source>
      <translation>{0}이(가) {1}에 상태 {2}(으)로 응답했습니다{3}.</translation>
    </message>
    <message>
      <source>{0} answered, but sent no image.{1}</source>
      <translation>{0}이(가) 응답했으나 영상을 보내지 않았습니다.{1}</translation>
    </message>
    <message>
      <source>{0} answers by DICOMweb.</source>
      <translation>{0}이(가) DICOMweb으로 응답합니다.</translation>
    </message>
    <message>
      <source>{0} answers by DIMSE, as {1}.</source>
      <translation>{0}이(가) DIMSE({1})로 응답합니다.</translation>
    </message>
    <message>
      <source>{0} at {1} answers, but does not offer this service.</source>
      <translation>{1}의 {0}이(가) 응답하지만 이 서비스를 제공하지 않습니다.</translation>
    </message>
    <message>
      <source>{0} at {1} lets us in, but does not speak DICOM{2}.</source>
      <translation>{1}의 {0}이(가) 연결은 받지만 DICOM을 쓰지 않습니다{2}.</translation>
    </message>
    <message>
      <source>{0} at {1} refuses us: {2}.</source>
      <translation>{1}의 {0}이(가) 거절했습니다: {2}.</translation>
    </message>
    <message>
      <source>{0} broke off at {1}, without an answer.</source>
      <translation>{0}이(가) {1}에서 응답 없이 끊었습니다.</translation>
    </message>
    <message>
      <source>{0} broke off at {1}: {2}.</source>
      <translation>{0}이(가) {1}에서 끊었습니다: {2}.</translation>
    </message>
    <message>
      <source>{0} can't be reached at {1}: {2}.</source>
      <translation>{1}의 {0}에 연결할 수 없습니다: {2}.</translation>
    </message>
    <message>
      <source>{0} can't be reached{1} at {2}.</source>
      <translation>{2}의 {0}에{1} 연결할 수 없습니다.</translation>
    </message>
    <message>
      <source>{0} can't be read as DICOM.</source>
      <translation>{0}을(를) DICOM으로 읽을 수 없습니다.</translation>
    </message>
    <message>
      <source>{0} can't be read: {1}.</source>
      <translation>{0}을(를) 읽을 수 없습니다: {1}.</translation>
    </message>
    <message>
      <source>{0} can't be used: the tensor {1} holds values that are not finite; its training may have diverged.</source>
      <translation>{0}을(를) 쓸 수 없습니다: 텐서 {1}에 유한하지 않은 값이 있습니다. 학습이 발산했을 수 있습니다.</translation>
    </message>
    <message>
      <source>{0} can't be used: the tensor {1} holds variances below zero, such as {2}.</source>
      <translation>{0}을(를) 쓸 수 없습니다: 텐서 {1}에 {2} 같은 0보다 작은 분산이 있습니다.</translation>
    </message>
    <message>
      <source>{0} can't be written: {1}.{2}</source>
      <translation>{0}을(를) 쓸 수 없습니다: {1}.{2}</translation>
    </message>
    <message>
      <source>{0} did not answer within {1} seconds.</source>
      <translation>{0}이(가) {1}초 안에 응답하지 않았습니다.</translation>
    </message>
    <message>
      <source>{0} did not store {1}, with reason {2}.</source>
      <translation>{0}이(가) {1}을(를) 저장하지 않았습니다. 이유: {2}.</translation>
    </message>
    <message>
      <source>{0} did not store {1}, with status {2}.</source>
      <translation>{0}이(가) {1}을(를) 저장하지 않았습니다. 상태: {2}.</translation>
    </message>
    <message>
      <source>{0} does not take {1}: {2}</source>
      <translation>{0}은(는) {1}을(를) 받지 않습니다: {2}</translation>
    </message>
    <message>
      <source>{0} gave an answer that is no DICOMweb.</source>
      <translation>{0}의 응답이 DICOMweb이 아닙니다.</translation>
    </message>
    <message>
      <source>{0} gave no answer to {1} within {2} seconds.</source>
      <translation>{0}이(가) {2}초 안에 {1}에 응답하지 않았습니다.</translation>
    </message>
    <message>
      <source>{0} has scores of weights trained on simulated images. {1}</source>
      <translation>{0}에 모의 영상으로 학습한 가중치의 점수가 있습니다. {1}</translation>
    </message>
    <message>
      <source>{0} holds tensors of an unexpected type of number: {1}.</source>
      <translation>{0}에 예상과 다른 수 형식의 텐서가 있습니다: {1}.</translation>
    </message>
    <message>
      <source>{0} images</source>
      <translation>영상 {0}개</translation>
    </message>
    <message>
      <source>{0} images of this person in this study; {1} of them scored.</source>
      <translation>이 검사에서 이 사람의 영상 {0}개, 그중 {1}개의 점수가 있음.</translation>
    </message>
    <message>
      <source>{0} images/s</source>
      <translation>초당 {0}개</translation>
    </message>
    <message>
      <source>{0} is a safetensors file, but VERTE did not write it.</source>
      <translation>{0}은(는) safetensors 파일이지만 VERTE가 쓴 것이 아닙니다.</translation>
    </message>
    <message>
      <source>{0} is damaged or of another form than simulate writes.</source>
      <translation>{0}이(가) 손상되었거나 simulate가 쓰는 형식이 아닙니다.</translation>
    </message>
    <message>
      <source>{0} is measured already.</source>
      <translation>{0}은(는) 이미 계측했습니다.</translation>
    </message>
    <message>
      <source>{0} is neither a folder nor a table. Single images open in the reading window.</source>
      <translation>{0}은(는) 폴더도 표도 아닙니다. 영상 하나는 판독 창에서 엽니다.</translation>
    </message>
    <message>
      <source>{0} is no TOML: {1}.</source>
      <translation>{0}은(는) TOML이 아닙니다: {1}.</translation>
    </message>
    <message>
      <source>{0} is no date; write 2026-11-27, or a range: 2026-11-01..2026-11-27, 2026-11-01.. .</source>
      <translation>{0}은(는) 날짜가 아닙니다. 2026-11-27 또는 2026-11-01..2026-11-27, 2026-11-01.. 처럼 쓰세요.</translation>
    </message>
    <message>
      <source>{0} is not a number</source>
      <translation>{0}이(가) 수가 아님</translation>
    </message>
    <message>
      <source>{0} is not a whole safetensors file: it may be cut short or of another format (pickled files are never opened). Cause: {1}.</source>
      <translation>{0}은(는) 온전한 safetensors 파일이 아닙니다. 잘렸거나 다른 형식일 수 있습니다(pickle 파일은 열지 않습니다). 원인: {1}.</translation>
    </message>
    <message>
      <source>{0} is not trusted, or does not trust us: {1}. The node's tls.ca says who signs for it.</source>
      <translation>{0}을(를) 믿을 수 없거나 상대가 우리를 믿지 않습니다: {1}. 노드의 tls.ca가 서명자를 정합니다.</translation>
    </message>
    <message>
      <source>{0} is out of range</source>
      <translation>{0}이(가) 범위를 벗어남</translation>
    </message>
    <message>
      <source>{0} is there and was not written by this program; give the results another name, or move it away.</source>
      <translation>{0}이(가) 이미 있고 이 프로그램이 쓴 것이 아닙니다. 결과 이름을 바꾸거나 옮기세요.</translation>
    </message>
    <message>
      <source>{0} is there, but is no table of reviews; move it away.</source>
      <translation>{0}이(가) 있으나 판정 표가 아닙니다. 옮기세요.</translation>
    </message>
    <message>
      <source>{0} is {1}; give the results the name of a file.</source>
      <translation>{0}은(는) {1}입니다. 결과에 파일 이름을 주세요.</translation>
    </message>
    <message>
      <source>{0} lacks a key: 'kind', dicomweb or dimse.</source>
      <translation>{0}에 키가 없습니다: 'kind', dicomweb 또는 dimse.</translation>
    </message>
    <message>
      <source>{0} more measurements stand in the window.</source>
      <translation>계측 {0}개가 창에 더 있습니다.</translation>
    </message>
    <message>
      <source>{0} more notes stand in the window; the page has no room for them.</source>
      <translation>메모 {0}개가 창에 더 있습니다. 쪽에 자리가 없습니다.</translation>
    </message>
    <message>
      <source>{0} must be a number in {1}.</source>
      <translation>{0}은(는) {1} 범위의 수여야 합니다.</translation>
    </message>
    <message>
      <source>{0} must be a number, not {1}.</source>
      <translation>{0}은(는) {1}이(가) 아니라 수여야 합니다.</translation>
    </message>
    <message>
      <source>{0} must be of the tasks {1}, not of {2}.</source>
      <translation>{0}은(는) {2}이(가) 아니라 과제 {1}의 것이어야 합니다.</translation>
    </message>
    <message>
      <source>{0} must be one of {1}, not {2}.</source>
      <translation>{0}은(는) {2}이(가) 아니라 {1} 중 하나여야 합니다.</translation>
    </message>
    <message>
      <source>{0} must be {1} {2}, not {3}.</source>
      <translation>{0}은(는) {3}이(가) 아니라 {1} {2}여야 합니다.</translation>
    </message>
    <message>
      <source>{0} must be {1}, not {2}.</source>
      <translation>{0}은(는) {2}이(가) 아니라 {1}여야 합니다.</translation>
    </message>
    <message>
      <source>{0} must not be empty.</source>
      <translation>{0}은(는) 비어 있으면 안 됩니다.</translation>
    </message>
    <message>
      <source>{0} of its pixels, in {1}</source>
      <translation>화소 {0}개, {1}</translation>
    </message>
    <message>
      <source>{0} of the image is malformed, and is empty in the results.</source>
      <translation>영상의 {0}이(가) 잘못되어 결과에서는 비워 둡니다.</translation>
    </message>
    <message>
      <source>{0} of what raised this score lies outside the body, most of it in {1}.</source>
      <translation>이 점수를 올린 부분의 {0}가 몸 밖에 있고, 대부분 {1}에 있습니다.</translation>
    </message>
    <message>
      <source>{0} of {1}</source>
      <translation>{1} 중 {0}</translation>
    </message>
    <message>
      <source>{0} of {1} images</source>
      <translation>영상 {1}개 중 {0}개</translation>
    </message>
    <message>
      <source>{0} of {1} images are done, {2} remain</source>
      <translation>영상 {1}개 중 {0}개가 끝났고 {2}개 남았습니다</translation>
    </message>
    <message>
      <source>{0} of {1} {2} fewer cells than there are headings, and what is lacking counts as empty: {3}.</source>
      <translation>{1} 중 {0}에 제목보다 칸이 적어 없는 칸은 빈 것으로 봅니다: {3}.</translation>
    </message>
    <message>
      <source>{0} of {1} {2} no image: {3}.</source>
      <translation>{1} 중 {0}에 영상이 없습니다: {3}.</translation>
    </message>
    <message>
      <source>{0} s/image</source>
      <translation>영상당 {0}초</translation>
    </message>
    <message>
      <source>{0} scored, {1} refused</source>
      <translation>점수 {0}개, 거부 {1}개</translation>
    </message>
    <message>
      <source>{0} sent no whole object, or more than the one that was asked for.</source>
      <translation>{0}이(가) 온전한 객체를 보내지 않았거나 요청보다 많이 보냈습니다.</translation>
    </message>
    <message>
      <source>{0} shown</source>
      <translation>{0}개 표시</translation>
    </message>
    <message>
      <source>{0} spread</source>
      <translation>{0} 폭</translation>
    </message>
    <message>
      <source>{0} studies.</source>
      <translation>검사 {0}건.</translation>
    </message>
    <message>
      <source>{0} takes no {1} in {2}.</source>
      <translation>{0}은(는) {2}의 {1}을(를) 받지 않습니다.</translation>
    </message>
    <message>
      <source>{0} the package {1}: pip install 'verte-desktop[{2}]'.</source>
      <translation>{0} {1}. 설치: pip install 'verte-desktop[{2}]'.</translation>
    </message>
    <message>
      <source>{0} the {1}-score of the row</source>
      <translation>줄의 {1} 점수 {0}</translation>
    </message>
    <message>
      <source>{0} to {1}</source>
      <translation>{0}~{1}</translation>
    </message>
    <message>
      <source>{0} verdict</source>
      <translation>{0} 판정</translation>
    </message>
    <message>
      <source>{0} was taken by the file name alone; it says {1}.</source>
      <translation>{0}은(는) 파일 이름만으로 맞췄습니다. {1}(이)라고 합니다.</translation>
    </message>
    <message>
      <source>{0} weights files</source>
      <translation>가중치 파일 {0}개</translation>
    </message>
    <message>
      <source>{0} years</source>
      <translation>{0}세</translation>
    </message>
    <message>
      <source>{0} zone</source>
      <translation>{0} 구간</translation>
    </message>
    <message>
      <source>{0} {1} is missing or malformed, so the pixels can't be read.</source>
      <translation>{0} {1}이(가) 없거나 잘못되어 화소를 읽을 수 없습니다.</translation>
    </message>
    <message>
      <source>{0} {1} no row of {2}, and only the header was asked: {3}.</source>
      <translation>{2}에 맞는 줄이 없는 영상 {0}개는 헤더만 보았습니다: {3}.</translation>
    </message>
    <message>
      <source>{0} {1} {2} is outside the accepted range of {3} to {4} {5}.</source>
      <translation>{0} {1} {2}은(는) 허용 범위 {3}–{4} {5} 밖입니다.</translation>
    </message>
    <message>
      <source>{0}, as its header says.</source>
      <translation>{0}, 헤더에 적힌 대로.</translation>
    </message>
    <message>
      <source>{0}, id {1} (its file's SHA-256 begins so)</source>
      <translation>{0}, 번호 {1} (파일 SHA-256의 앞부분)</translation>
    </message>
    <message>
      <source>{0}, in about {1}</source>
      <translation>{0}, 약 {1} 뒤</translation>
    </message>
    <message>
      <source>{0}, line {1}: {2} is a formula whose value was not saved; open and save the workbook in Excel.</source>
      <translation>{0}, {1}번째 줄: {2}은(는) 값이 저장되지 않은 수식입니다. Excel에서 열어 다시 저장하세요.</translation>
    </message>
    <message>
      <source>{0}, line {1}{2}: {3} cells stand under {4} headings; a decimal comma, or a comma in a name, has to stand in quotes.</source>
      <translation>{0}, {1}번째 줄{2}: 제목 {4}개 아래 칸이 {3}개입니다. 소수점 쉼표나 이름 속 쉼표는 따옴표로 묶어야 합니다.</translation>
    </message>
    <message>
      <source>{0}, on the reader's word</source>
      <translation>{0}, 판독자의 판단</translation>
    </message>
    <message>
      <source>{0}, overruling the header{1}.</source>
      <translation>{0}, 헤더와 다름{1}.</translation>
    </message>
    <message>
      <source>{0}, spread {1}</source>
      <translation>{0}, 폭 {1}</translation>
    </message>
    <message>
      <source>{0}, whatever its header says</source>
      <translation>{0}, 헤더와 관계없이</translation>
    </message>
    <message>
      <source>{0}, {1} in the table of the batch</source>
      <translation>{0}, 일괄 처리 표의 {1}</translation>
    </message>
    <message>
      <source>{0}, {1}, {2} left</source>
      <translation>{0}, {1}, {2} 남음</translation>
    </message>
    <message>
      <source>{0}, {1}; for {2}</source>
      <translation>{0}, {1}. {2}용</translation>
    </message>
    <message>
      <source>{0}. Image {1}.</source>
      <translation>{0}. 영상 {1}.</translation>
    </message>
    <message>
      <source>{0}: it could not be made.</source>
      <translation>{0}: 만들 수 없었습니다.</translation>
    </message>
    <message>
      <source>{0}: low below {1} (sensitivity {2}), high from {3} (specificity {4}), on the validation split.</source>
      <translation>{0}: {1} 미만 낮음(민감도 {2}), {3} 이상 높음(특이도 {4}), 검증 자료 기준.</translation>
    </message>
    <message>
      <source>{0}: none</source>
      <translation>{0}: 없음</translation>
    </message>
    <message>
      <source>{0}: says nothing about a patient.</source>
      <translation>{0}: 환자에 대해 아무것도 말해 주지 않습니다.</translation>
    </message>
    <message>
      <source>{0}: {1} is {2}, which is not a number.</source>
      <translation>{0}: {1}이(가) {2}인데 수가 아닙니다.</translation>
    </message>
    <message>
      <source>{0}: {1} stands in the table twice.</source>
      <translation>{0}: {1}이(가) 표에 두 번 있습니다.</translation>
    </message>
    <message>
      <source>{0}; the CPU goes on.</source>
      <translation>{0}. CPU로 계속합니다.</translation>
    </message>
    <message>
      <source>{0}; the file does not say what it is.</source>
      <translation>{0}. 파일에 종류가 적혀 있지 않습니다.</translation>
    </message>
  </context>
</TS>
